"""Sockets and threads around the handler: each connection has a thread that reads it, the machine runs once at a time.

Whatever an engine writes is taken off its hands at once, also while a block executes: what cannot be done now waits in
the backlog for the machine's own thread. When the machine is free, the thread that read a few requests does them
itself, which saves two changes of threads a call. Answers go back in one write a turn.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from qos.base.errors import QosError
from qos.engine.abci.backlog import SLICE, UNREAD, Backlog, Turn
from qos.engine.abci.frames import BadFrame, FrameReader
from qos.engine.abci.handler import TOO_BUSY, Handler
from qos.machine.upgrades import WrongVersion

BUFFER_BYTES: Final = 4 << 20
CHUNK_BYTES: Final = 256 << 10
SEND_TIMEOUT: Final = struct.pack("ll", 10, 0)
"""Seconds and microseconds an answer may take to be sent; engines always read."""

MAX_CONNECTIONS: Final = 16
"""An engine opens four; one that was killed may leave as many behind for a moment."""

LINGER_S: Final = 3.0
"""How long the engine lives on below an application that leaves a block to the next version of the software."""

Tell = Callable[["Future[None]"], None]


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
    return server


def address_of(server: socket.socket) -> str:
    """Return the address an engine connects to."""
    name = server.getsockname()
    if server.family == socket.AF_UNIX:
        return f"unix://{name}"
    return f"tcp://[{name[0]}]:{name[1]}" if server.family == socket.AF_INET6 else f"tcp://{name[0]}:{name[1]}"


class AbciServer:
    """Serves one handler on a listening socket; `refused` is told why a connection was closed."""

    def __init__(self, handler: Handler, refused: Callable[[str], None], linger_s: float = LINGER_S) -> None:
        self._handler = handler
        self._linger_s = linger_s
        self._refused = refused
        self._changed = threading.Condition()
        self._backlog = Backlog()
        self._is_busy = False
        self._is_closing = False
        self._connections: dict[int, socket.socket] = {}
        self._opened = 0

    async def serve(self, listener: socket.socket) -> None:
        """Answer until cancelled; then the call that runs is finished. Raises: what stopped the machine."""
        ended = asyncio.get_running_loop().create_future()
        tell = partial(_tell, ended)
        pool = ThreadPoolExecutor(max_workers=MAX_CONNECTIONS + 2, thread_name_prefix="abci")
        try:
            pool.submit(self._work).add_done_callback(tell)
            pool.submit(self._accept, listener, pool, tell).add_done_callback(tell)
            await ended
        finally:
            self._close(listener)
            await asyncio.to_thread(pool.shutdown)

    def _close(self, listener: socket.socket) -> None:
        """Wake every thread up, to find that it is over."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
            open_sockets = [listener, *self._connections.values()]
        for each in open_sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(
        self, listener: socket.socket, pool: ThreadPoolExecutor, tell: "Callable[[Future[None]], None]"
    ) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # shut down
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SEND_TIMEOUT)
            if connection.family != socket.AF_UNIX:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if (number := self._opened_as(connection)) is not None:
                pool.submit(self._read, number, connection).add_done_callback(tell)

    def _opened_as(self, connection: socket.socket) -> int | None:
        """Take in a connection and return its number, unless there are too many."""
        with self._changed:
            if self._is_closing or len(self._connections) >= MAX_CONNECTIONS:
                connection.close()
                return None
            self._opened += 1
            self._connections[self._opened] = connection
            return self._opened

    def _read(self, number: int, connection: socket.socket) -> None:
        """Read a connection until it ends. Raises: what stopped the machine."""
        frames = FrameReader()
        try:
            while data := _received(connection):
                contents = frames.feed(data)
                if contents and (turn := self._taken(number, contents)) is not None:
                    self._do(turn)
        except BadFrame as error:
            self._refused(str(error))
        finally:
            with self._changed:
                del self._connections[number]
                self._backlog.drop(number)
            connection.close()

    def _taken(self, number: int, contents: list[bytes]) -> Turn | None:
        """Return what a reader is to do itself; else it waits for the machine's thread."""
        with self._changed:
            if self._is_busy or self._is_closing or len(contents) > SLICE or not self._backlog.is_empty:
                self._backlog.put(number, contents)
                if not self._is_busy:  # who is busy now sees what waits when he is done
                    self._changed.notify()
                return None
            self._is_busy = True
        return Turn(number, tuple(contents))

    def _work(self) -> None:
        """Do what waits, turn after turn, until the server closes. Raises: what stopped the machine."""
        while (turn := self._next_turn()) is not None:
            self._do(turn)

    def _next_turn(self) -> Turn | None:
        with self._changed:
            while not self._is_closing:
                turn = None if self._is_busy else self._backlog.take()
                if turn is not None:
                    self._is_busy = True
                    return turn
                self._changed.wait()
        return None

    def _do(self, turn: Turn) -> None:
        """Answer a turn. The machine is free again behind it, unless it raised: then nobody may use it any more."""
        handle, number = self._handler.handle, turn.connection
        try:
            answers = [TOO_BUSY if each == UNREAD else handle(each, number) for each in turn.contents]
        except BadFrame as error:
            self._refused(str(error))
            self._hang_up(number)
        except WrongVersion:
            # The first to refuse the block may hold the vote the others lack to reach it: its engine hands that on.
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, self._linger_s)
            raise
        else:
            self._send(number, b"".join(answers))
        with self._changed:
            self._is_busy = False
            if not self._backlog.is_empty:
                self._changed.notify()

    def _send(self, number: int, data: bytes) -> None:
        connection = self._connections.get(number)
        if connection is None:
            return
        try:
            connection.sendall(data)
        except OSError:  # gone, or it does not read
            self._hang_up(number)

    def _hang_up(self, number: int) -> None:
        """End a connection and forget what waits of it; the thread that reads it finds that out."""
        with self._changed:
            self._backlog.drop(number)
            connection = self._connections.get(number)
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _received(connection: socket.socket) -> bytes:
    """Return what came, nothing at the end."""
    try:
        return connection.recv(CHUNK_BYTES)
    except OSError:
        return b""


def _tell(ended: "asyncio.Future[None]", done: "Future[None]") -> None:
    """Hand what stopped a thread to the loop."""
    error = done.exception()
    if error is not None:
        ended.get_loop().call_soon_threadsafe(_fail, ended, error)


def _fail(ended: "asyncio.Future[None]", error: BaseException) -> None:
    if not ended.done():
        ended.set_exception(error)
