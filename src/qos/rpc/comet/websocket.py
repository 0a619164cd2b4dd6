"""JSON-RPC over a websocket: every route, and subscriptions. Events carry the id of their subscribe request."""

from contextlib import suppress
from typing import Final

import anyio
from anyio.abc import TaskGroup
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from qos.engine.embedded.io.subscriptions import SubscriberTooSlow, Subscription, SubscriptionClosed
from qos.engine.embedded.occurrences import Occurrence
from qos.engine.query_language import BadQuery, Query, parse_query
from qos.rpc.comet import envelope
from qos.rpc.comet.arguments import JsonArguments
from qos.rpc.comet.envelope import JsonObject, Request, RpcError
from qos.rpc.comet.event_frames import frame
from qos.rpc.comet.methods import call, placed
from qos.rpc.comet.node import RpcNode

MAX_CLIENTS: Final = 100
MAX_SUBSCRIPTIONS: Final = 100
SEND_TIMEOUT_S: Final = 5
"""Who does not take a frame for so long is cut off."""

_TRY_LATER: Final = 1013
_TOO_SLOW: Final = 1008
_CLOSED: Final = (WebSocketDisconnect, WebSocketDisconnected)
"""How sending tells that the connection has ended, from their side or from ours."""


class _ClientGone(Exception):
    """Nobody reads any more at the other end."""


class WebsocketEdge:
    """Answers websocket clients of one node, at most 100 at a time."""

    def __init__(self, node: RpcNode) -> None:
        self._node = node
        self._clients = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serve one client until it leaves, or until it reads too slowly."""
        if self._clients >= MAX_CLIENTS:
            await socket.close(_TRY_LATER, f"{MAX_CLIENTS} clients are connected already")
            return
        self._clients += 1
        try:
            await socket.accept()
            await _Client(self._node, socket).serve()
        finally:
            self._clients -= 1


class _Client:
    """One connection: its subscriptions by query, and one lock so that frames do not mix."""

    def __init__(self, node: RpcNode, socket: WebSocket) -> None:
        self._node = node
        self._socket = socket
        self._sending = anyio.Lock()
        self._keys: dict[str, int] = {}

    async def serve(self) -> None:
        try:
            async with anyio.create_task_group() as tasks:
                await self._read(tasks)
                tasks.cancel_scope.cancel()
        except* _ClientGone:
            pass  # whoever left or was cut off misses nothing that we owe
        finally:
            for key in self._keys.values():
                await self._close(key)

    async def _read(self, tasks: TaskGroup) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                requests, _ = envelope.parse_requests(message.get("text") or message.get("bytes") or "")
            except RpcError as error:
                await self._send(envelope.error_answer(None, error))
                continue
            for request in requests:
                await self._reply(request, tasks)

    async def _reply(self, request: Request, tasks: TaskGroup) -> None:
        try:
            result = await self._result(request, tasks)
        except RpcError as error:
            await self._send(envelope.error_answer(request.id, error))
            return
        if not request.is_notification:
            await self._send(envelope.result_answer(request.id, result))

    async def _result(self, request: Request, tasks: TaskGroup) -> JsonObject:
        match request.method:
            case "subscribe":
                return await self._subscribe(request, tasks)
            case "unsubscribe":
                return await self._unsubscribe(JsonArguments(request.params, ("query",)).text("query"))
            case "unsubscribe_all":
                return await self._unsubscribe_all()
            case _:
                return await placed(self._node, (request.method,), call(self._node, request))

    async def _subscribe(self, request: Request, tasks: TaskGroup) -> JsonObject:
        text = JsonArguments(request.params, ("query",)).text("query")
        if text in self._keys:
            raise RpcError("already subscribed")
        if len(self._keys) >= MAX_SUBSCRIPTIONS:
            raise RpcError(f"max_subscriptions_per_client {MAX_SUBSCRIPTIONS} reached")
        try:
            query = parse_query(text)
        except BadQuery as error:
            raise RpcError(f"failed to parse query: {error}") from None
        self._keys[text], subscription = await self._node.on_engine(_opened(self._node, query))
        tasks.start_soon(self._forward, request.id, subscription)
        return {}

    async def _unsubscribe(self, text: str) -> JsonObject:
        key = self._keys.pop(text, None)
        if key is None:
            raise RpcError("subscription not found")
        await self._close(key)
        return {}

    async def _close(self, key: int) -> None:
        with anyio.CancelScope(shield=True):
            await self._node.on_engine(_closed(self._node, key))

    async def _unsubscribe_all(self) -> JsonObject:
        if not self._keys:
            raise RpcError("subscription not found")
        for text in tuple(self._keys):
            await self._unsubscribe(text)
        return {}

    async def _forward(self, request_id: envelope.Id, subscription: Subscription) -> None:
        while True:
            try:
                occurrences = await self._node.on_engine(subscription.next())
            except SubscriptionClosed:
                return
            except SubscriberTooSlow as error:
                with suppress(*_CLOSED):
                    await self._socket.close(_TOO_SLOW, str(error))
                raise _ClientGone from error
            for occurrence in occurrences:
                await self._send_event(request_id, subscription, occurrence)

    async def _send_event(self, request_id: envelope.Id, subscription: Subscription, occurrence: Occurrence) -> None:
        await self._send(envelope.result_answer(request_id, frame(subscription.query.text, occurrence)))

    async def _send(self, answer: JsonObject) -> None:
        text = envelope.to_text(answer)
        async with self._sending:
            try:
                with anyio.fail_after(SEND_TIMEOUT_S):
                    await self._socket.send_text(text)
            except (TimeoutError, *_CLOSED) as error:
                raise _ClientGone from error


async def _opened(node: RpcNode, query: Query) -> tuple[int, Subscription]:
    return node.engine.subscriptions.open(query)


async def _closed(node: RpcNode, key: int) -> None:
    node.engine.subscriptions.close(key)
