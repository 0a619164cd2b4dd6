"""Calls over HTTP/1.1 with connections kept open.

On asyncio streams and httptools: httpx costs 0.35 s of CPU and 12 MB to import, which every command and relay
process would pay.
"""

import asyncio
import itertools
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httptools

from qos.client.calls import MAX_BATCH, Call, batch_bytes, read_answer, read_answers, request_bytes
from qos.client.errors import BadAnswer, Unreachable

T = TypeVar("T")
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_IDLE_CONNECTIONS = 8
READ_CHUNK_BYTES = 256 * 1024
DEFAULT_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    host: str
    port: int
    path: str
    secure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What an address answered: HTTP status and body."""

    status: int
    body: bytes


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False


class _Response:
    """Collects one response as the parser reports it."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.parts: list[bytes] = []
        self.size = 0
        self.complete = False
        self.kept = False

    def on_body(self, body: bytes) -> None:
        self.size += len(body)
        if self.size > MAX_ANSWER_BYTES:
            raise BadAnswer(f"the answer exceeds {MAX_ANSWER_BYTES} bytes")
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.complete = True
        self.kept = self.parser.should_keep_alive()


class HttpTransport:
    """A `BatchTransport` to one node. Not for several threads or event loops."""

    def __init__(self, url: str, *, timeout_ms: int = DEFAULT_TIMEOUT_MS) -> None:
        self.url = url
        self._address = _read_url(url)
        self._timeout_ms = timeout_ms
        self._idle: list[_Connection] = []
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, call: Call[T]) -> T:
        """Carry a call and read its answer. Raises: Unreachable, BadAnswer, CallFailed and what `call.parse` does."""
        request_id = next(self._ids)
        answer = await self.post(request_bytes(call, request_id))
        return read_answer(call, request_id, answer.body)

    async def send_all(self, calls: Sequence[Call[T]]) -> tuple[T, ...]:
        """Carry calls in batches and read all answers. Raises: as `send`, for the first that fails."""
        found: list[T] = []
        for start in range(0, len(calls), MAX_BATCH):
            batch = calls[start : start + MAX_BATCH]
            if len(batch) == 1:  # CometBFT answers a batch of one without brackets
                found.append(await self.send(batch[0]))
                continue
            ids = [next(self._ids) for _ in batch]
            answer = await self.post(batch_bytes(batch, ids[0]))
            found.extend(read_answers(batch, ids[0], answer.body))
        return tuple(found)

    async def post(self, body: bytes) -> HttpAnswer:
        """Carry a JSON body as it is. Raises: Unreachable, BadAnswer."""
        return await self._carry(self._request("POST", self._address.path, body))

    async def get(self, target: str) -> HttpAnswer:
        """Ask for a path with its query, as it is. Raises: Unreachable, BadAnswer."""
        return await self._carry(self._request("GET", target, b""))

    async def _carry(self, request: bytes) -> HttpAnswer:
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                return await self._ask(request)
        except TimeoutError:
            raise Unreachable(self.url, f"no answer within {self._timeout_ms} ms") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Unreachable(self.url, _reason(error)) from None

    async def pause(self, duration_ms: int) -> None:
        """Sleep."""
        await asyncio.sleep(duration_ms / 1000)

    async def close(self) -> None:
        """Close all connections."""
        for connection in self._idle:
            connection.writer.close()
        for connection in self._idle:
            with suppress(OSError):
                await connection.writer.wait_closed()
        self._idle.clear()

    async def _ask(self, request: bytes) -> HttpAnswer:
        connection = self._idle.pop() if self._idle else await self._connect()
        try:
            return await self._exchange(connection, request)
        except (ConnectionError, asyncio.IncompleteReadError):
            # The node may have closed a kept connection since its last use. Asking twice is safe: queries change
            # nothing and a transaction counts once.
            if not connection.used:
                raise
        return await self._exchange(await self._connect(), request)

    async def _connect(self) -> _Connection:
        address = self._address
        context = ssl.create_default_context() if address.secure else None
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
        return _Connection(reader, writer)

    async def _exchange(self, connection: _Connection, request: bytes) -> HttpAnswer:
        kept = False
        try:
            connection.writer.write(request)
            answer, kept = await _read_response(connection.reader)
        finally:
            if not kept or len(self._idle) >= MAX_IDLE_CONNECTIONS:
                connection.writer.close()
        if kept and not connection.writer.is_closing():
            connection.used = True
            self._idle.append(connection)
        return answer

    def _request(self, verb: str, target: str, body: bytes) -> bytes:
        address = self._address
        lines = (
            f"{verb} {target} HTTP/1.1",
            f"Host: {address.host}:{address.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "",
            "",
        )
        return "\r\n".join(lines).encode("ascii") + body


async def _read_response(reader: asyncio.StreamReader) -> tuple[HttpAnswer, bool]:
    """Return the answer, and whether the connection stays open."""
    response = _Response()
    while not response.complete:
        chunk = await reader.read(READ_CHUNK_BYTES)
        if not chunk:
            raise asyncio.IncompleteReadError(b"".join(response.parts), None)
        try:
            response.parser.feed_data(chunk)
        except httptools.HttpParserError as error:
            raise BadAnswer(f"not an HTTP answer: {error}") from None
    answer = HttpAnswer(status=response.parser.get_status_code(), body=b"".join(response.parts))
    return answer, response.kept


def _read_url(url: str) -> _Address:
    parts = urlsplit(url if "//" in url else f"http://{url}")
    secure = parts.scheme == "https"
    try:
        port = parts.port or (443 if secure else 80)
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https", "tcp") or not parts.hostname or not port:
        raise Unreachable(url, "not an address like http://127.0.0.1:26657")
    return _Address(host=parts.hostname, port=port, path=parts.path or "/", secure=secure)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, asyncio.IncompleteReadError):
        return "the connection was cut"
    return str(error) or type(error).__name__
