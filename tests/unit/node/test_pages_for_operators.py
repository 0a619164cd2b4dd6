"""Read-only pages: what is there, what is not, and what is no request."""

import asyncio

import pytest

from qos.node.pages import JSON, Page, serving
from qos.node.sockets import listen

PAGES = {"/status": Page(content_type=JSON, render=lambda: b'{"fine": true}')}


def answer(request: bytes) -> bytes:
    async def talk() -> bytes:
        listener = listen("127.0.0.1", 0)
        port = int(listener.getsockname()[1])
        async with serving(listener, PAGES):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            found = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return found

    return asyncio.run(talk())


def test_a_page_is_answered_with_its_type_and_length() -> None:
    head, _, body = answer(b"GET /status?now=1 HTTP/1.1\r\nHost: here\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Type: application/json\r\nContent-Length: 14" in head
    assert body == b'{"fine": true}'


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /status HTTP/1.1\r\n\r\n", b"405"),
        (b"nonsense\r\n\r\n", b"405"),
    ],
)
def test_anything_else_is_refused(request_: bytes, status: bytes) -> None:
    assert answer(request_).startswith(b"HTTP/1.1 " + status)


def test_a_head_without_end_gets_no_answer() -> None:
    assert answer(b"GET /" + b"x" * 20_000 + b"\r\n") == b""
