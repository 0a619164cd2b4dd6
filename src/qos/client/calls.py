"""JSON-RPC 2.0 as values: a call knows its parameters and how to read its answer. No bytes are moved here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json, render_json
from qos.client.errors import BadAnswer, CallFailed
from qos.client.fields import as_object, child, integer, text

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One request to a node. `parse` turns the `result` object into a value. Raises (parse): BadAnswer."""

    method: str
    params: JsonObject
    parse: Callable[[JsonObject], T]


class Transport(Protocol):
    """Carries calls to one node."""

    async def send(self, call: Call[T]) -> T:
        """Carry a call and read its answer. Raises: Unreachable, BadAnswer, CallFailed."""
        ...

    async def pause(self, duration_ms: int) -> None:
        """Let time pass before asking again."""
        ...


def request_bytes(call: Call[T], request_id: int) -> bytes:
    """Write the request."""
    body: JsonObject = {"jsonrpc": "2.0", "id": request_id, "method": call.method, "params": call.params}
    return render_json(body).encode()


def read_answer(call: Call[T], request_id: int, body: bytes) -> T:
    """Read the answer to a call. Raises: BadAnswer, CallFailed."""
    try:
        answer = as_object(parse_json(body))
    except BadJson as error:
        raise BadAnswer(f"{call.method}: {error}") from None
    if answer.get("error") is not None:
        raise _failure(child(answer, "error"))
    if answer.get("id") != request_id:
        raise BadAnswer(f"{call.method}: the answer belongs to another request")
    return call.parse(child(answer, "result"))


def _failure(error: JsonObject) -> CallFailed:
    data: JsonValue = error.get("data")
    rendered = data if isinstance(data, str) else render_json(data) if data is not None else ""
    return CallFailed(code=integer(error, "code"), message=text(error, "message"), data=rendered)
