"""Events of a node over its websocket: hints to look again, never facts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.client.errors import BadAnswer, CallFailed, Unreachable
from qos.client.fields import as_object, child, integer, text

MAX_FRAME_BYTES = 16 * 1024 * 1024
MAX_WAITING_FRAMES = 64
OPEN_TIMEOUT_S = 10
_SUBSCRIPTION_ID = 1


@asynccontextmanager
async def subscribed(url: str, query: str) -> AsyncIterator[AsyncIterator[JsonObject]]:
    """Subscribe to a query; gives an iterator over the `data` objects of its events until the connection ends.

    `url` is the node's HTTP address. Raises: Unreachable, CallFailed when the node refuses the query, BadAnswer.
    """
    address = "ws" + url.removeprefix("http").rstrip("/") + "/websocket"
    request: JsonObject = {
        "jsonrpc": "2.0",
        "id": _SUBSCRIPTION_ID,
        "method": "subscribe",
        "params": {"query": query},
    }
    try:
        async with connect(
            address,
            max_size=MAX_FRAME_BYTES,
            max_queue=MAX_WAITING_FRAMES,
            open_timeout=OPEN_TIMEOUT_S,
            compression=None,
        ) as socket:
            await socket.send(render_json(request))
            result_in(await socket.recv())
            yield _events(url, socket)
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Unreachable(url, str(error) or type(error).__name__) from None


async def _events(url: str, frames: ClientConnection) -> AsyncIterator[JsonObject]:
    async for frame in frames:
        yield child(result_in(frame), "data")
    raise Unreachable(url, "the node ended the subscription")


def result_in(frame: str | bytes) -> JsonObject:
    """Read what a frame brings: an event, empty for the answer to a subscription. Raises: CallFailed, BadAnswer."""
    try:
        message = as_object(parse_json(frame), "event")
    except BadJson as error:
        raise BadAnswer(f"event: {error}") from None
    if message.get("error") is not None:
        failure = child(message, "error")
        raise CallFailed(code=integer(failure, "code"), message=text(failure, "message"), data=text(failure, "data"))
    return child(message, "result")
