"""Sockets and threads around the handler: one loop reads all connections, one thread runs the machine.

The loop never waits for the machine, so whatever an engine writes is taken off its hands at once, also while a block
executes. The machine's thread answers turn after turn; answers go back to the loop, one write a turn.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from qos.base.errors import QosError
from qos.engine.abci.backlog import UNREAD, Backlog, Turn
from qos.engine.abci.frames import BadFrame, FrameReader
from qos.engine.abci.handler import TOO_BUSY, Handler

BUFFER_BYTES: Final = 4 << 20
MAX_CONNECTIONS: Final = 16
"""An engine opens four; one that was killed may leave as many behind for a moment."""


class BadAddress(QosError):
    """An address is neither tcp://HOST:PORT nor unix://PATH."""


def listen(address: str) -> socket.socket:
    """Return the listening socket of `tcp://HOST:PORT` (port 0: a free one) or `unix://PATH`.

    Raises: BadAddress; OSError when it is taken.
    """
    scheme, _, place = address.partition("://")
    if scheme == "unix" and place:
        Path(place).unlink(missing_ok=True)
        return _bound(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), place)
    host, _, port = place.rpartition(":")
    if scheme != "tcp" or not host or not port.isdecimal() or int(port) > 65_535:
        raise BadAddress(f"{address!r} is no address for the engine: write tcp://127.0.0.1:PORT or unix:///PATH")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return _bound(server, (host.strip("[]"), int(port)))


def _bound(server: socket.socket, place: str | tuple[str, int]) -> socket.socket:
    # Accepted sockets inherit the buffers; TCP fixes the scale of its window before that.
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        server.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    try:
        server.bind(place)
        server.listen(MAX_CONNECTIONS)
    except OSError:
        server.close()
        raise
    server.setblocking(False)
    return server


def address_of(server: socket.socket) -> str:
    """Return the address an engine connects to."""
    name = server.getsockname()
    if server.family == socket.AF_UNIX:
        return f"unix://{name}"
    return f"tcp://[{name[0]}]:{name[1]}" if server.family == socket.AF_INET6 else f"tcp://{name[0]}:{name[1]}"


class AbciServer:
    """Serves one handler on a listening socket; `refused` is told why a connection was closed."""

    def __init__(self, handler: Handler, refused: Callable[[str], None]) -> None:
        self._handler = handler
        self._refused = refused
        self._backlog = Backlog()
        self._something = threading.Condition()
        self._is_closing = False
        self._connections: dict[int, _Connection] = {}
        self._opened = 0

    async def serve(self, listener: socket.socket) -> None:
        """Answer until cancelled; then the call that runs is finished. Raises: what stopped the machine."""
        loop = asyncio.get_running_loop()
        make = self._new_connection
        if listener.family == socket.AF_UNIX:
            server = await loop.create_unix_server(make, sock=listener)
        else:
            server = await loop.create_server(make, sock=listener)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="machine") as pool:
            machine = loop.run_in_executor(pool, self._work, loop)
            try:
                await asyncio.shield(machine)
            finally:
                server.close()
                with self._something:
                    self._is_closing = True
                    self._something.notify()
                await asyncio.wait([machine])
                for connection in tuple(self._connections.values()):
                    connection.close()

    def _new_connection(self) -> "_Connection":
        self._opened += 1
        return _Connection(self, self._opened)

    def opened(self, connection: "_Connection") -> None:
        """Take in a connection, unless there are too many."""
        if len(self._connections) >= MAX_CONNECTIONS:
            connection.close()
            return
        self._connections[connection.number] = connection

    def received(self, connection: int, contents: list[bytes]) -> None:
        """Let frames wait for the machine."""
        with self._something:
            self._backlog.put(connection, contents)
            self._something.notify()

    def closed(self, connection: int, reason: str) -> None:
        """Forget a connection."""
        self._connections.pop(connection, None)
        with self._something:
            self._backlog.drop(connection)
        if reason:
            self._refused(reason)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer turn after turn until the server closes; what is raised stops it."""
        while (turn := self._next_turn()) is not None:
            self._answer(turn, loop)

    def _next_turn(self) -> Turn | None:
        with self._something:
            while not self._is_closing:
                turn = self._backlog.take()
                if turn is not None:
                    return turn
                self._something.wait()
        return None

    def _answer(self, turn: Turn, loop: asyncio.AbstractEventLoop) -> None:
        handle, connection = self._handler.handle, turn.connection
        try:
            answers = [TOO_BUSY if each == UNREAD else handle(each, connection) for each in turn.contents]
        except BadFrame as error:
            loop.call_soon_threadsafe(self._refuse, connection, str(error))
            return
        loop.call_soon_threadsafe(self._send, connection, b"".join(answers))

    def _send(self, number: int, data: bytes) -> None:
        connection = self._connections.get(number)
        if connection is not None:
            connection.write(data)

    def _refuse(self, number: int, reason: str) -> None:
        connection = self._connections.get(number)
        if connection is not None:
            connection.close(reason)


class _Connection(asyncio.Protocol):
    """One connection of an engine."""

    def __init__(self, server: AbciServer, number: int) -> None:
        self.number = number
        self._server = server
        self._frames = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._reason = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is always one
        """Begin."""
        self._transport = transport
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames."""
        try:
            contents = self._frames.feed(data)
        except BadFrame as error:
            self.close(str(error))
            return
        if contents:
            self._server.received(self.number, contents)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        del exc
        self._server.closed(self.number, self._reason)

    def write(self, data: bytes) -> None:
        """Send answers."""
        assert self._transport is not None
        self._transport.write(data)

    def close(self, reason: str = "") -> None:
        """Close; what is still to be sent is dropped."""
        self._reason = reason
        if self._transport is not None:
            self._transport.abort()
