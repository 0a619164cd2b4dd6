"""A few read-only pages over HTTP for operators: figures of a relay or node. No framework: a program starts fast."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from socket import socket

TEXT, JSON = "text/plain; version=0.0.4; charset=utf-8", "application/json"
READ_TIMEOUT_S = 5
MAX_REQUEST_BYTES = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one path answers; `render` is called for each request, on the loop, and has to be quick."""

    content_type: str
    render: Callable[[], bytes | Awaitable[bytes]]


@asynccontextmanager
async def serving(listener: socket, pages: Mapping[str, Page]) -> AsyncIterator[None]:
    """Answer GET of the pages on a listening socket while the context lasts; one request a connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(READ_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await _response(head, pages))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, sock=listener, limit=MAX_REQUEST_BYTES)
    try:
        yield
    finally:
        server.close()


async def _response(head: bytes, pages: Mapping[str, Page]) -> bytes:
    line = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(line) != 3 or line[0] != "GET":
        return _written("405 Method Not Allowed", TEXT, b"only GET is answered here\n")
    page = pages.get(line[1].partition("?")[0])
    if page is None:
        known = ", ".join(sorted(pages))
        return _written("404 Not Found", TEXT, f"there is no such page; there are {known}\n".encode())
    rendered = page.render()
    return _written("200 OK", page.content_type, rendered if isinstance(rendered, bytes) else await rendered)


def _written(status: str, content_type: str, body: bytes) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + body
