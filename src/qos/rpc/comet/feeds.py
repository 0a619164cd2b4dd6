"""Subscriptions at the engine beside this process: one connection to it for each query, whoever asks for it here.

The engine's frames are handed on as they are, but for the id. A subscriber who does not keep up is dropped.
"""

import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

import anyio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from qos.rpc.comet.door import FeedEnded, FeedTooSlow
from qos.rpc.comet.envelope import RpcError, to_text

MAX_QUERIES: Final = 256
"""Different queries subscribed to at a time, each a connection to the engine."""

MAX_BYTES_BEHIND: Final = 32 * 1024 * 1024
"""Of events kept for one subscriber. Subscribers of one query share them."""

MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
OPEN_TIMEOUT_S: Final = 10
_HEAD: Final = '{"jsonrpc":"2.0","id":1,"result":'
_ACCEPTED: Final = _HEAD + "{}}"
_ENDED: Final = "the subscription was ended"


class _Source:
    """One query at the engine, and who wants its events."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.answered = anyio.Event()
        self.failure = ""
        self.scope = anyio.CancelScope()
        self.feeds: list[_Feed] = []


class _Feed:
    """Implements `door.Feed`."""

    def __init__(self, leave: "Callable[[_Feed], None]") -> None:
        self._leave = leave
        self._waiting: deque[str] = deque()
        self._bytes_behind = 0
        self._news = anyio.Event()
        self._end = ""
        self._is_dropped = False

    def offer(self, event: str) -> None:
        """Keep an event; who is too far behind gets nothing more."""
        if self._is_dropped:
            return
        if self._bytes_behind + len(event) > MAX_BYTES_BEHIND:
            self._is_dropped = True
        else:
            self._waiting.append(event)
            self._bytes_behind += len(event)
        self._news.set()

    def finish(self, reason: str) -> None:
        """Tell that nothing more comes."""
        self._end = reason
        self._news.set()

    async def events(self) -> AsyncIterator[str]:
        while True:
            while self._waiting:
                event = self._waiting.popleft()
                self._bytes_behind -= len(event)
                yield event
            if self._is_dropped:
                raise FeedTooSlow(f"more than {MAX_BYTES_BEHIND >> 20} MiB of events behind: subscribe again")
            if self._end:
                raise FeedEnded(self._end)
            self._news = anyio.Event()
            await self._news.wait()

    async def close(self) -> None:
        self.finish(_ENDED)
        self._leave(self)


class Feeds:
    """All subscriptions of one node. `run` has to run while they are used."""

    def __init__(self, engine_url: str) -> None:
        self._url = "ws" + engine_url.removeprefix("http").rstrip("/") + "/websocket"
        self._sources: dict[str, _Source] = {}
        self._tasks = anyio.create_task_group()

    async def run(self) -> None:
        """Hold the connections until cancelled."""
        async with self._tasks:
            await anyio.sleep_forever()

    async def open(self, query: str) -> _Feed:
        """Subscribe to a query of the engine's language. Raises: RpcError."""
        source = self._sources.get(query)
        if source is None:
            if len(self._sources) >= MAX_QUERIES:
                raise RpcError(f"{MAX_QUERIES} different queries are subscribed to already: try again later")
            source = self._sources[query] = _Source(query)
            self._tasks.start_soon(self._follow, source)
        feed = _Feed(partial(self._leave, source))
        source.feeds.append(feed)
        try:
            await source.answered.wait()
        except anyio.get_cancelled_exc_class():
            self._leave(source, feed)
            raise
        if source.failure:
            raise RpcError(source.failure)
        return feed

    def _leave(self, source: _Source, feed: _Feed) -> None:
        """Take a subscriber away, and the connection with the last one."""
        if feed in source.feeds:
            source.feeds.remove(feed)
        if not source.feeds:
            self._forget(source)
            source.scope.cancel()

    def _forget(self, source: _Source) -> None:
        if self._sources.get(source.query) is source:
            del self._sources[source.query]

    async def _follow(self, source: _Source) -> None:
        reason = _ENDED
        try:
            with source.scope:
                reason = await self._read(source)
        finally:
            self._forget(source)
            if not source.answered.is_set():
                source.failure = reason
                source.answered.set()
            for feed in source.feeds:
                feed.finish(reason)

    async def _read(self, source: _Source) -> str:
        """Hand on events until there are no more; returns why."""
        try:
            async with connect(
                self._url,
                max_size=MAX_FRAME_BYTES,
                open_timeout=OPEN_TIMEOUT_S,
                ping_interval=None,  # the engine pings
                proxy=None,  # it is on this machine
                compression=None,
            ) as socket:
                params = {"query": source.query}
                await socket.send(to_text({"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": params}))
                return await _hand_on(source, socket)
        except (OSError, TimeoutError, WebSocketException) as error:
            return f"the engine does not answer: {str(error) or type(error).__name__}"


async def _hand_on(source: _Source, socket: ClientConnection) -> str:
    async for frame in socket:
        text = frame if isinstance(frame, str) else frame.decode()
        if text == _ACCEPTED:
            source.answered.set()
        elif text.startswith(_HEAD):
            event = text[len(_HEAD) : -1]
            for feed in source.feeds:
                feed.offer(event)
        else:
            return _refusal(text)
    return "the engine ended the subscription: subscribe again"


def _refusal(text: str) -> str:
    try:
        error = json.loads(text)["error"]
        return str(error.get("data") or error["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "the engine answered with no JSON-RPC"
