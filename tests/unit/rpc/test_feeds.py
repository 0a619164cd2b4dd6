"""Subscriptions at an engine beside this process: shared by query, ended with the last subscriber, bounded."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from websockets.asyncio.server import ServerConnection, serve

from qos.rpc.comet import feeds as module
from qos.rpc.comet.door import FeedEnded, FeedTooSlow
from qos.rpc.comet.envelope import RpcError
from qos.rpc.comet.feeds import Feeds

QUERY = "tm.event='NewBlock'"
HEAD = '{"jsonrpc":"2.0","id":1,"result":'


class Engine:
    """A websocket that accepts queries and sends what a test says."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.open: list[ServerConnection] = []

    async def serve(self, socket: ServerConnection) -> None:
        request: dict[str, Any] = json.loads(await socket.recv())
        self.queries.append(request["params"]["query"])
        if request["params"]["query"] == "bad":
            error = {"code": -32603, "message": "Internal error", "data": "failed to parse query"}
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}))
            return
        await socket.send(HEAD + "{}}")
        self.open.append(socket)
        await socket.wait_closed()
        self.open.remove(socket)

    async def tell(self, event: str) -> None:
        for socket in self.open:
            await socket.send(f"{HEAD}{event}}}")


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Engine, Feeds]]:
    engine = Engine()
    async with serve(engine.serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        feeds = Feeds(f"http://127.0.0.1:{port}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feeds.run)
            await anyio.lowlevel.checkpoint()
            with anyio.fail_after(10):
                yield engine, feeds
            tasks.cancel_scope.cancel()


def with_engine(scenario: Callable[[Engine, Feeds], Awaitable[None]]) -> None:
    async def run() -> None:
        async with running() as (engine, feeds):
            await scenario(engine, feeds)

    anyio.run(run)


def test_subscribers_of_one_query_share_one_connection_which_ends_with_the_last() -> None:
    async def scenario(engine: Engine, feeds: Feeds) -> None:
        one, other = await feeds.open(QUERY), await feeds.open(QUERY)
        assert engine.queries == [QUERY]
        await engine.tell('{"height":"7"}')
        for feed in (one, other):
            assert await anext(feed.events()) == '{"height":"7"}'
        await one.close()
        with pytest.raises(FeedEnded):
            await anext(one.events())
        await engine.tell('{"height":"8"}')
        assert await anext(other.events()) == '{"height":"8"}'
        await other.close()
        while engine.open:
            await anyio.lowlevel.checkpoint()
        again = await feeds.open(QUERY)
        assert engine.queries == [QUERY, QUERY]
        await again.close()

    with_engine(scenario)


def test_a_query_the_engine_refuses_is_refused_with_its_words() -> None:
    async def scenario(engine: Engine, feeds: Feeds) -> None:
        for _ in range(2):
            with pytest.raises(RpcError, match="failed to parse query"):
                await feeds.open("bad")
        assert engine.queries == ["bad", "bad"]

    with_engine(scenario)


def test_an_engine_that_goes_away_ends_the_subscription() -> None:
    async def scenario(engine: Engine, feeds: Feeds) -> None:
        feed = await feeds.open(QUERY)
        await engine.open[0].close()
        with pytest.raises(FeedEnded, match="subscribe again"):
            await anext(feed.events())

    with_engine(scenario)


def test_who_falls_too_far_behind_gets_what_was_kept_and_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES_BEHIND", 50)

    async def scenario(engine: Engine, feeds: Feeds) -> None:
        slow, quick = await feeds.open(QUERY), await feeds.open(QUERY)
        for number in range(3):
            await engine.tell(json.dumps("x" * 18 + str(number)))
            assert (await anext(quick.events())).endswith(f'{number}"')
        events = slow.events()
        assert [(await anext(events))[-2] for _ in range(2)] == ["0", "1"]
        with pytest.raises(FeedTooSlow):
            await anext(events)

    with_engine(scenario)


def test_there_is_a_bound_on_different_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_QUERIES", 1)

    async def scenario(engine: Engine, feeds: Feeds) -> None:
        feed = await feeds.open(QUERY)
        with pytest.raises(RpcError, match="1 different queries"):
            await feeds.open("tm.event='Tx'")
        await feed.close()
        await feeds.open("tm.event='Tx'")

    with_engine(scenario)


def test_no_engine_is_told_to_who_asks() -> None:
    async def scenario(engine: Engine, feeds: Feeds) -> None:
        lonely = Feeds("http://127.0.0.1:1")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lonely.run)
            await anyio.lowlevel.checkpoint()
            with pytest.raises(RpcError, match="the engine does not answer"):
                await lonely.open(QUERY)
            tasks.cancel_scope.cancel()

    with_engine(scenario)
