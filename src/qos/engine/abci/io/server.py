"""Sockets and threads around the handler: each connection has a thread that reads it, the machine runs once at a time.

Whatever an engine writes is taken off its hands at once, also while a block executes: what cannot be done now waits in
the backlog for the machine's own thread. When the machine is free, the thread that read a few requests does them
itself, which saves two changes of threads a call. Answers go back in one write a turn.
"""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final

from qos.engine.abci import wire
from qos.engine.abci.backlog import SLICE, UNREAD, Backlog, Turn
from qos.engine.abci.frames import BadFrame, FrameReader
from qos.engine.abci.handler import TOO_BUSY, Handler
from qos.engine.abci.io.address import MAX_CONNECTIONS
from qos.engine.abci.patience import AT_ONCE, Patience, Quiet
from qos.machine.upgrades import WrongVersion

CHUNK_BYTES: Final = 256 << 10
SEND_TIMEOUT: Final = struct.pack("ll", 10, 0)
"""Seconds and microseconds an answer may take to be sent; engines always read."""

LINGER_S: Final = 3.0
"""How long the engine lives on below an application that leaves a block to the next version of the software."""

Tell = Callable[["Future[None]"], None]


class AbciServer:
    """Serves one handler on a listening socket; `refused` is told why a connection was closed.

    `quiet` says how long proposals of nothing are put off.
    """

    def __init__(
        self, handler: Handler, refused: Callable[[str], None], linger_s: float = LINGER_S, quiet: Quiet = AT_ONCE
    ) -> None:
        self._handler = handler
        self._linger_s = linger_s
        self._refused = refused
        self._changed = threading.Condition()
        self._backlog = Backlog()
        self._patience = Patience(self._backlog, handler, quiet)
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
        frames, room = FrameReader(), memoryview(bytearray(CHUNK_BYTES))
        try:
            while count := _received(connection, room):
                contents = frames.feed(room[:count])
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
        """Return what a reader is to do itself; else it waits for the machine's thread, which may put it off."""
        is_proposal = contents[0].startswith(wire.PREPARE_HEAD)
        with self._changed:
            if self._is_busy or self._is_closing or is_proposal or len(contents) > SLICE or not self._backlog.is_empty:
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
                turn = None if self._is_busy else self._patience.take(_now_ms())
                if turn is not None:
                    self._is_busy = True
                    return turn
                left_ms = None if self._is_busy else self._patience.left_ms(_now_ms())
                self._changed.wait(None if left_ms is None else left_ms / 1_000)
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
            if turn.contents[0] == wire.COMMIT:
                self._patience.committed(_now_ms())
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


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _received(connection: socket.socket, room: memoryview) -> int:
    """Take in what came and return its length, 0 at the end.

    New memory each time, as large as what may come, would be mapped, cleared and given back for a few hundred bytes.
    """
    try:
        return connection.recv_into(room)
    except OSError:
        return 0


def _tell(ended: "asyncio.Future[None]", done: "Future[None]") -> None:
    """Hand what stopped a thread to the loop."""
    error = done.exception()
    if error is not None:
        ended.get_loop().call_soon_threadsafe(_fail, ended, error)


def _fail(ended: "asyncio.Future[None]", error: BaseException) -> None:
    if not ended.done():
        ended.set_exception(error)
