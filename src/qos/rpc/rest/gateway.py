"""Answers one HTTP request with the call it means."""

import json
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from qos.base.strictjson import BadJson, parse_json
from qos.proto.codec import MalformedBytes
from qos.proto.json import bytes_to_json, json_to_bytes
from qos.rpc.bodies import read_body
from qos.rpc.rest.parameters import fill, limit_page
from qos.rpc.rest.routes import Match, Router
from qos.rpc.services.status import HTTP_STATUS, CallRefused, Status, refused
from qos.rpc.services.table import HEIGHT_KEY, Services, read_height

MAX_BODY: Final = 1_000_000
MAX_URL_BYTES: Final = 16_384
_NOT_ALLOWED: Final = 405
_TOO_LARGE: Final = 413
_TOO_LONG: Final = 414


class Gateway:
    """The services of one node behind their HTTP paths."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.router = Router(services.paths)

    async def serve(self, request: Request) -> Response:
        """Answer a request."""
        raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
        query: bytes = request.scope["query_string"]
        if len(raw_path) + len(query) > MAX_URL_BYTES:
            error = CallRefused(Status.INVALID_ARGUMENT, f"an address has at most {MAX_URL_BYTES} bytes")
            return error_response(error, _TOO_LONG)
        verb = "GET" if request.method == "HEAD" else request.method
        match, verbs = self.router.find(verb, raw_path.decode("ascii", "replace"))
        if match is None:
            return _unknown(request.scope["path"], verbs)
        try:
            return await self._answer(request, match, query.decode("ascii", "replace"))
        except _BodyTooLarge:
            error = CallRefused(Status.INVALID_ARGUMENT, f"a body has at most {MAX_BODY} bytes")
            return error_response(error, _TOO_LARGE)
        except CallRefused as refusal:
            return error_response(refusal)
        except ClientDisconnect:
            return Response()

    async def _answer(self, request: Request, match: Match, query: str) -> Response:
        route = match.route
        height = read_height(request.headers.get(HEIGHT_KEY, ""))
        fields = await _body(request) if route.body else {}
        full_name = route.method.request
        fill(fields, full_name, parse_qsl(query, keep_blank_values=True))
        fill(fields, full_name, match.values.items())
        limit_page(fields, full_name)
        try:
            data = json_to_bytes(full_name, fields)
        except MalformedBytes as error:
            raise refused(error) from None
        answer = await self._services.call(route.path, data, height)
        try:
            document = bytes_to_json(route.method.response, answer.value)
        except MalformedBytes as error:
            raise CallRefused(Status.INTERNAL, f"the answer cannot be written as JSON: {error}") from None
        headers = {HEIGHT_KEY: str(answer.height), f"grpc-metadata-{HEIGHT_KEY}": str(answer.height)}
        return json_response(document, 200, headers)


class _BodyTooLarge(Exception):
    """More bytes came than are allowed."""


async def _body(request: Request) -> dict[str, Any]:
    """Read the JSON object of a body. Raises: CallRefused."""
    body = await read_body(request, MAX_BODY)
    if body is None:
        raise _BodyTooLarge
    try:
        document: Any = parse_json(body) if body else {}
    except BadJson as error:
        raise CallRefused(Status.INVALID_ARGUMENT, f"the body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise CallRefused(Status.INVALID_ARGUMENT, "the body must be a JSON object")
    return document


def _unknown(path: str, verbs: tuple[str, ...]) -> Response:
    if verbs:
        allowed = ", ".join(verbs)
        error = CallRefused(Status.UNIMPLEMENTED, f"{path[:200]} is answered to {allowed} only")
        return error_response(error, _NOT_ALLOWED, {"allow": allowed})
    message = f"this chain does not answer {path[:200]}: /openapi.json lists what it answers"
    return error_response(CallRefused(Status.UNIMPLEMENTED, message))


def error_response(error: CallRefused, status: int = 0, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal as gateways write it; the chain's own code stands in the details."""
    details = []
    if error.number:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        details.append({"@type": kind, "reason": str(error.number), "domain": error.codespace})
    document = {"code": int(error.status), "message": str(error), "details": details}
    return json_response(document, status or HTTP_STATUS[error.status], headers)


def json_response(document: object, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON document."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, media_type="application/json")
