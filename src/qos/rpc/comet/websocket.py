"""JSON-RPC over a websocket: every route, and subscriptions. Events carry the id of their subscribe request."""

import json
from contextlib import suppress
from typing import Final

import anyio
from anyio.abc import TaskGroup
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from qos.rpc.comet import envelope
from qos.rpc.comet.arguments import JsonArguments
from qos.rpc.comet.door import Door, Feed, FeedEnded, FeedTooSlow
from qos.rpc.comet.envelope import JsonObject, Request, RpcError

MAX_CLIENTS: Final = 100
MAX_SUBSCRIPTIONS: Final = 100
SEND_TIMEOUT_S: Final = 5
"""Who does not take a frame for so long is cut off."""

_TRY_LATER: Final = 1013
_TOO_SLOW: Final = 1008
_RESTARTED: Final = 1012
_CLOSED: Final = (WebSocketDisconnect, WebSocketDisconnected)
"""How sending tells that the connection has ended, from their side or from ours."""


class _ClientGone(Exception):
    """Nobody reads any more at the other end."""


class WebsocketEdge:
    """Answers websocket clients of one node, at most 100 at a time."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._clients = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serve one client until it leaves, or until it reads too slowly."""
        if self._clients >= MAX_CLIENTS:
            await socket.close(_TRY_LATER, f"{MAX_CLIENTS} clients are connected already")
            return
        self._clients += 1
        try:
            await socket.accept()
            await _Client(self._door, socket).serve()
        finally:
            self._clients -= 1


class _Client:
    """One connection: its subscriptions by query, and one lock so that frames do not mix."""

    def __init__(self, door: Door, socket: WebSocket) -> None:
        self._door = door
        self._socket = socket
        self._sending = anyio.Lock()
        self._feeds: dict[str, Feed] = {}

    async def serve(self) -> None:
        try:
            async with anyio.create_task_group() as tasks:
                await self._read(tasks)
                tasks.cancel_scope.cancel()
        except* _ClientGone:
            pass  # whoever left or was cut off misses nothing that we owe
        finally:
            for feed in self._feeds.values():
                await feed.close()

    async def _read(self, tasks: TaskGroup) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                requests, _ = envelope.parse_requests(message.get("text") or message.get("bytes") or "")
            except RpcError as error:
                await self._send(envelope.to_text(envelope.error_answer(None, error)))
                continue
            for request in requests:
                await self._reply(request, tasks)

    async def _reply(self, request: Request, tasks: TaskGroup) -> None:
        if request.method not in ("subscribe", "unsubscribe", "unsubscribe_all"):
            reply = await self._door.post((request,), is_batch=False)
            if reply.body:
                await self._send(reply.body.decode())
            return
        try:
            answer = envelope.result_answer(request.id, await self._subscriptions(request, tasks))
        except RpcError as error:
            answer = envelope.error_answer(request.id, error)
        if not request.is_notification:
            await self._send(envelope.to_text(answer))

    async def _subscriptions(self, request: Request, tasks: TaskGroup) -> JsonObject:
        if request.method == "unsubscribe_all":
            return await self._unsubscribe_all()
        text = JsonArguments(request.params, ("query",)).text("query")
        if request.method == "unsubscribe":
            return await self._unsubscribe(text)
        return await self._subscribe(request, text, tasks)

    async def _subscribe(self, request: Request, text: str, tasks: TaskGroup) -> JsonObject:
        if text in self._feeds:
            raise RpcError("already subscribed")
        if len(self._feeds) >= MAX_SUBSCRIPTIONS:
            raise RpcError(f"max_subscriptions_per_client {MAX_SUBSCRIPTIONS} reached")
        self._feeds[text] = await self._door.open(text)
        tasks.start_soon(self._forward, request.id, self._feeds[text])
        return {}

    async def _unsubscribe(self, text: str) -> JsonObject:
        feed = self._feeds.pop(text, None)
        if feed is None:
            raise RpcError("subscription not found")
        await feed.close()
        return {}

    async def _unsubscribe_all(self) -> JsonObject:
        if not self._feeds:
            raise RpcError("subscription not found")
        for text in tuple(self._feeds):
            await self._unsubscribe(text)
        return {}

    async def _forward(self, request_id: envelope.Id, feed: Feed) -> None:
        head = f'{{"jsonrpc":"2.0","id":{json.dumps(request_id)},"result":'
        try:
            async for event in feed.events():
                await self._send(f"{head}{event}}}")
        except FeedTooSlow as error:
            await self._cut(_TOO_SLOW, error)
        except FeedEnded as error:
            if feed in self._feeds.values():  # not by their own wish
                await self._cut(_RESTARTED, error)

    async def _cut(self, code: int, error: Exception) -> None:
        with suppress(*_CLOSED):
            await self._socket.close(code, str(error))
        raise _ClientGone from error

    async def _send(self, text: str) -> None:
        async with self._sending:
            try:
                with anyio.fail_after(SEND_TIMEOUT_S):
                    await self._socket.send_text(text)
            except (TimeoutError, *_CLOSED) as error:
                raise _ClientGone from error
