"""TCP proxies between peers, which can be cut: a partition without rights on the machine's network."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

_CHUNK = 65_536


@dataclass(slots=True)
class _Link:
    here: int
    there: int
    target: int
    is_cut: bool = False
    writers: set[asyncio.StreamWriter] = field(default_factory=set)


class Proxies:
    """One listening port for each direction of each pair, on a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._links: list[_Link] = []
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    def add(self, here: int, there: int, target: int) -> int:
        """Listen for connections of node `here` to node `there`, whose port is `target`; returns the port to dial."""
        link = _Link(here, there, target)
        self._links.append(link)
        return asyncio.run_coroutine_threadsafe(self._listen(link), self._loop).result()

    async def _listen(self, link: _Link) -> int:
        server = await asyncio.start_server(lambda reader, writer: self._carry(link, reader, writer), "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _carry(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if link.is_cut:
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", link.target)
        except OSError:
            writer.close()
            return
        ends = {writer, far_writer}
        link.writers |= ends
        with suppress(OSError):
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        link.writers -= ends

    def cut(self, separates: Callable[[int, int], bool]) -> None:
        """Close the links between nodes that are parted, and refuse new ones."""
        self._loop.call_soon_threadsafe(self._cut, separates)

    def _cut(self, separates: Callable[[int, int], bool]) -> None:
        for link in self._links:
            link.is_cut = separates(link.here, link.there)
            for writer in tuple(link.writers) if link.is_cut else ():
                writer.transport.abort()

    def heal(self) -> None:
        """Let everything through again."""
        self.cut(lambda here, there: False)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
