"""The RPC of a node whose engine is a process beside this one.

Committed state is read here; every other public route is handed on to the engine's private port, and nothing else is:
neither its unsafe routes nor a byte that was not read and written again. A call is bounded here before it gets there.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol
from urllib.parse import quote

import anyio
from starlette.datastructures import QueryParams

from qos.client.errors import BadAnswer, Unreachable
from qos.client.io.http import HttpAnswer
from qos.rpc.comet import envelope
from qos.rpc.comet.arguments import Arguments, JsonArguments, UriArguments
from qos.rpc.comet.door import Feed, Reply
from qos.rpc.comet.envelope import JsonObject, MethodNotFound, Request, RpcError
from qos.rpc.comet.feeds import Feeds
from qos.rpc.comet.methods import ROUTES
from qos.rpc.comet.replies import refused_get, reply
from qos.rpc.comet.state_queries import StateQueries
from qos.rpc.workers import PoolLimits

OWN: Final = frozenset(("abci_query", "status"))
"""Routes answered here; `status` is the engine's, with the address clients reach."""

FORWARDED: Final = frozenset(ROUTES) - OWN
SEARCHES: Final = frozenset(("tx_search", "block_search"))
MAX_FORWARDED: Final = 256
"""Requests on their way to the engine at a time; more wait here."""

_QUERY_SAFE: Final = "!\"$%&'()*+,-./:;<=>?@[]^_`{|}~"


class Engine(Protocol):
    """Carries bytes to the engine's private RPC. Raises: Unreachable, BadAnswer."""

    async def post(self, body: bytes) -> HttpAnswer:
        """Carry a JSON body."""
        ...

    async def get(self, target: str) -> HttpAnswer:
        """Ask for a path with its query."""
        ...


class ForwardingDoor:
    """Implements `door.Door`. `limits` bound searches; `rpc_address` is where clients reach this node's RPC."""

    def __init__(
        self, engine: Engine, queries: StateQueries, feeds: Feeds, limits: PoolLimits, rpc_address: str
    ) -> None:
        self._engine = engine
        self._queries = queries
        self._feeds = feeds
        self._limits = limits
        self._rpc_address = rpc_address
        self._forwarded = anyio.CapacityLimiter(MAX_FORWARDED)
        self._searching = anyio.CapacityLimiter(limits.workers)

    async def post(self, requests: Sequence[Request], *, is_batch: bool) -> Reply:
        """Answer requests of one body, in their order. As in CometBFT one without id is dropped unheard."""
        asked = [each for each in requests if each.id is not None]
        if not asked:
            return Reply(body=b"")
        if any(each.method not in FORWARDED for each in asked):
            answers = await self._answers(asked)
            return reply(answers if is_batch else answers[0])
        try:
            found = await self._hand_on(asked)
        except RpcError as error:
            refusals = [envelope.error_answer(each.id, error) for each in asked]
            return reply(refusals if is_batch else refusals[0])
        # The engine answers a batch of one without brackets.
        body = b"[%b]" % found.body if is_batch and len(asked) == 1 else found.body
        return Reply(body=body, status=found.status)

    async def get(self, name: str, query: str) -> Reply:
        """Answer a call written as path and query."""
        try:
            if name in OWN:
                result = await self._own(name, UriArguments(QueryParams(query)))
                return reply(envelope.result_answer(envelope.URI_ID, result))
            async with self._bounded((name,)):
                found = await self._engine.get(f"/{name}?{quote(query, safe=_QUERY_SAFE, encoding='latin-1')}")
        except RpcError as error:
            return refused_get(error)
        return Reply(body=found.body, status=found.status)

    async def open(self, query: str) -> Feed:
        """Subscribe to what matches a query. Raises: RpcError."""
        return await self._feeds.open(query)

    async def _own(self, name: str, arguments: Arguments) -> JsonObject:
        if name == "abci_query":
            return await self._queries.abci_query(arguments)
        answer = await self._result(Request(id=1, method=name, params={}, is_notification=False))
        if "error" in answer:
            raise RpcError(str(answer["error"].get("data")))
        shown: dict[str, Any] = answer["result"]
        shown["node_info"]["other"]["rpc_address"] = self._rpc_address
        return shown

    async def _answers(self, asked: Sequence[Request]) -> list[JsonObject]:
        """Answer requests of which some are ours."""
        answers: list[JsonObject] = []
        for each in asked:
            try:
                answers.append(await self._answer(each))
            except RpcError as error:
                answers.append(envelope.error_answer(each.id, error))
        return answers

    async def _answer(self, request: Request) -> JsonObject:
        if request.method in FORWARDED:
            return await self._result(request)
        if request.method not in ROUTES:
            raise MethodNotFound(f"there is no method {request.method[:60]!r}")
        arguments = JsonArguments(request.params, ROUTES[request.method].names)
        return envelope.result_answer(request.id, await self._own(request.method, arguments))

    async def _result(self, request: Request) -> dict[str, Any]:
        found = await self._hand_on((request,))
        try:
            answer = json.loads(found.body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise RpcError(f"the engine answered {request.method} with no JSON-RPC")
        return answer

    async def _hand_on(self, requests: Sequence[Request]) -> HttpAnswer:
        """Return what the engine answers. Raises: RpcError."""
        body = [{"jsonrpc": "2.0", "id": each.id, "method": each.method, "params": each.params} for each in requests]
        async with self._bounded([each.method for each in requests]):
            return await self._engine.post(envelope.to_text(body if len(body) > 1 else body[0]).encode())

    @asynccontextmanager
    async def _bounded(self, methods: Sequence[str]) -> AsyncIterator[None]:
        """Wait for a place at the engine; a search has fewer and less time. Raises: RpcError."""
        try:
            if SEARCHES.isdisjoint(methods):
                async with self._forwarded:
                    yield
                return
            if self._searching.statistics().tasks_waiting >= self._limits.waiting:
                raise RpcError(self._limits.too_many)
            async with self._searching:
                # The engine gives a search up when its connection is closed.
                with anyio.fail_after(self._limits.time_ms / 1000):
                    yield
        except TimeoutError:
            raise RpcError(self._limits.too_slow) from None
        except Unreachable as error:
            raise RpcError(f"the engine does not answer: {error.reason}") from None
        except BadAnswer as error:
            raise RpcError(f"the engine's answer cannot be handed on: {error}") from None
