"""JSON-RPC 2.0 as CometBFT speaks it: requests, answers and its error texts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from qos.base.errors import QosError
from qos.base.strictjson import BadJson, parse_json

MAX_BODY: Final = 1_000_000
MAX_BATCH: Final = 20
URI_ID: Final = -1
"""What answers to GET requests have as id."""

Id = str | int | None
JsonObject = Mapping[str, object]


class RpcError(QosError):
    """A request that is answered with an error; `detail` tells the reader what to change."""

    code = -32603
    sentence = "Internal error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidParams(RpcError):
    """A parameter is missing or not of its type."""

    code = -32602
    sentence = "Invalid params"


class MethodNotFound(RpcError):
    """There is no such route."""

    code = -32601
    sentence = "Method not found"


class InvalidRequest(RpcError):
    """JSON, but no JSON-RPC 2.0 request."""

    code = -32600
    sentence = "Invalid Request"


class ParseError(RpcError):
    """No JSON."""

    code = -32700
    sentence = "Parse error. Invalid JSON"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call. `params` by name, or in the order of the route; a notification has no id and gets no answer."""

    id: Id
    method: str
    params: JsonObject | list[object]
    is_notification: bool


def parse_requests(body: bytes | str) -> tuple[list[Request], bool]:
    """Read one request or a batch; the second value says which. Raises: ParseError, InvalidRequest."""
    if len(body) > MAX_BODY:
        raise InvalidRequest(f"the body has {len(body)} bytes, at most {MAX_BODY} are allowed")
    try:
        document = parse_json(body)
    except BadJson as error:
        raise ParseError(str(error)) from None
    if not isinstance(document, list):
        return [_request(document)], False
    if not 0 < len(document) <= MAX_BATCH:
        raise InvalidRequest(f"a batch has 1 to {MAX_BATCH} requests, not {len(document)}")
    return [_request(item) for item in document], True


def _request(value: object) -> Request:
    if not isinstance(value, dict):
        raise InvalidRequest("a request is an object")
    method, params, request_id = value.get("method"), value.get("params"), value.get("id")
    if not isinstance(method, str):
        raise InvalidRequest("method must be a text")
    if params is not None and not isinstance(params, dict | list):
        raise InvalidRequest("params must be an object or a list")
    if isinstance(request_id, bool) or not isinstance(request_id, str | int | None):
        raise InvalidRequest("id must be a text or a number")
    return Request(id=request_id, method=method, params=params or {}, is_notification="id" not in value)


def result_answer(request_id: Id, result: object) -> JsonObject:
    """Return the answer to a call that succeeded."""
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def error_answer(request_id: Id, error: RpcError) -> JsonObject:
    """Return the answer to a call that failed."""
    detail = {"code": error.code, "message": error.sentence, "data": error.detail}
    return {"jsonrpc": "2.0", "id": request_id, "error": detail}


def to_text(answer: object) -> str:
    """Write an answer."""
    return json.dumps(answer, separators=(",", ":"))
