"""JSON-RPC 2.0 as values: a call knows its parameters and how to read its answer. No bytes are moved here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json, render_json
from qos.client.errors import BadAnswer, CallFailed
from qos.client.fields import as_object, child, integer, text

T = TypeVar("T")
MAX_BATCH = 20
"""Calls a node takes in one batch."""


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


class BatchTransport(Transport, Protocol):
    """Carries several calls at once, too."""

    async def send_all(self, calls: Sequence[Call[T]]) -> tuple[T, ...]:
        """Carry calls, at most MAX_BATCH in one request, and read all answers. Raises: as `send`, for the first."""
        ...


def request_bytes(call: Call[T], request_id: int) -> bytes:
    """Write the request."""
    return render_json(_request(call, request_id)).encode()


def batch_bytes(calls: Sequence[Call[T]], first_id: int) -> bytes:
    """Write requests as one batch, with ids from the first on."""
    return render_json([_request(call, each) for each, call in enumerate(calls, start=first_id)]).encode()


def _request(call: Call[T], request_id: int) -> JsonObject:
    return {"jsonrpc": "2.0", "id": request_id, "method": call.method, "params": call.params}


def read_answer(call: Call[T], request_id: int, body: bytes) -> T:
    """Read the answer to a call. Raises: BadAnswer, CallFailed."""
    try:
        answer = as_object(parse_json(body))
    except BadJson as error:
        raise BadAnswer(f"{call.method}: {error}") from None
    return _read(call, request_id, answer)


def read_answers(calls: Sequence[Call[T]], first_id: int, body: bytes) -> tuple[T, ...]:
    """Read the answers to a batch, in whatever order they come. Raises: BadAnswer, CallFailed."""
    try:
        found = parse_json(body)
    except BadJson as error:
        raise BadAnswer(f"batch: {error}") from None
    if not isinstance(found, list) or len(found) != len(calls):
        raise BadAnswer(f"a batch of {len(calls)} calls was not answered one by one")
    by_id = {integer(answer, "id"): answer for answer in map(as_object, found)}
    if len(by_id) != len(calls):
        raise BadAnswer("two answers of a batch have one id")
    return tuple([_read(call, each, by_id.get(each, {})) for each, call in enumerate(calls, start=first_id)])


def _read(call: Call[T], request_id: int, answer: JsonObject) -> T:
    if answer.get("error") is not None:
        raise _failure(child(answer, "error"))
    if answer.get("id") != request_id:
        raise BadAnswer(f"{call.method}: the answer belongs to another request")
    return call.parse(child(answer, "result"))


def _failure(error: JsonObject) -> CallFailed:
    data: JsonValue = error.get("data")
    rendered = data if isinstance(data, str) else render_json(data) if data is not None else ""
    return CallFailed(code=integer(error, "code"), message=text(error, "message"), data=rendered)
