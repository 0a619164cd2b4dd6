"""The RPC of a node whose engine is in this process: every route is answered here."""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import anyio
import anyio.lowlevel
from starlette.datastructures import QueryParams

from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.io.subscriptions import SubscriberTooSlow, Subscription, SubscriptionClosed
from qos.engine.query_language import BadQuery, Query, parse_query
from qos.rpc.comet import envelope
from qos.rpc.comet.arguments import UriArguments
from qos.rpc.comet.door import Feed, FeedEnded, FeedTooSlow, Reply
from qos.rpc.comet.envelope import JsonObject, Request, RpcError
from qos.rpc.comet.event_frames import frame
from qos.rpc.comet.methods import ROUTES, answer, call, placed
from qos.rpc.comet.node import RpcNode
from qos.rpc.comet.replies import refused_get, reply
from qos.rpc.ports import Place


class EmbeddedDoor:
    """Implements `door.Door` with the routes of this package."""

    def __init__(self, node: RpcNode) -> None:
        self._node = node

    async def post(self, requests: Sequence[Request], *, is_batch: bool) -> Reply:
        """Answer requests of one body, in their order."""
        asked = [each for each in requests if not each.is_notification]
        answers = await placed(self._node, (each.method for each in asked), self._replies(asked))
        if not answers:
            return Reply(body=b"")
        return reply(answers if is_batch else answers[0])

    async def get(self, name: str, query: str) -> Reply:
        """Answer a call written as path and query."""
        try:
            work = answer(self._node, ROUTES[name], UriArguments(QueryParams(query)))
            result = await placed(self._node, (name,), work)
        except RpcError as error:
            return refused_get(error)
        return reply(envelope.result_answer(envelope.URI_ID, result))

    async def open(self, query: str) -> Feed:
        """Subscribe to what matches a query. Raises: RpcError."""
        try:
            parsed = parse_query(query)
        except BadQuery as error:
            raise RpcError(f"failed to parse query: {error}") from None
        key, subscription = await self._node.place.run(_opened(self._node.engine, parsed))
        return _Feed(self._node.place, subscription, lambda: _closed(self._node.engine, key))

    async def _replies(self, requests: list[Request]) -> list[JsonObject]:
        answers: list[JsonObject] = []
        for each in requests:
            answers.append(await self._reply(each))
            await anyio.lowlevel.checkpoint()  # blocks come between the calls of a long batch
        return answers

    async def _reply(self, request: Request) -> JsonObject:
        try:
            return envelope.result_answer(request.id, await call(self._node, request))
        except RpcError as error:
            return envelope.error_answer(request.id, error)


class _Feed:
    """Implements `door.Feed` over a subscription of the engine."""

    def __init__(
        self, place: Place, subscription: Subscription, closing: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._place = place
        self._subscription = subscription
        self._closing = closing

    async def events(self) -> AsyncIterator[str]:
        query = self._subscription.query.text
        while True:
            try:
                occurrences = await self._place.run(self._subscription.next())
            except SubscriptionClosed as error:
                raise FeedEnded(str(error)) from None
            except SubscriberTooSlow as error:
                raise FeedTooSlow(str(error)) from None
            for occurrence in occurrences:
                yield envelope.to_text(frame(query, occurrence))

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._place.run(self._closing())


async def _opened(engine: EmbeddedEngine, query: Query) -> tuple[int, Subscription]:
    return engine.subscriptions.open(query)


async def _closed(engine: EmbeddedEngine, key: int) -> None:
    engine.subscriptions.close(key)
