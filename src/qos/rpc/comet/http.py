"""JSON-RPC over HTTP: POST to the root with one request or a batch, GET with the method as path."""

from typing import Final

import anyio.lowlevel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from qos.rpc.comet import envelope
from qos.rpc.comet.arguments import UriArguments
from qos.rpc.comet.envelope import MAX_BODY, InvalidParams, JsonObject, RpcError
from qos.rpc.comet.methods import ROUTES, answer, call, placed
from qos.rpc.comet.node import RpcNode

_TOO_LARGE: Final = 413
_NOT_FOUND: Final = 404
_FAILED: Final = 500


class HttpEdge:
    """Answers HTTP requests of one node."""

    def __init__(self, node: RpcNode) -> None:
        self._node = node

    async def post(self, request: Request) -> Response:
        """Answer a JSON-RPC body of at most 1 MB."""
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response()
        if body is None:
            return PlainTextResponse(f"http: request body too large: at most {MAX_BODY} bytes", _TOO_LARGE)
        try:
            requests, is_batch = envelope.parse_requests(body)
        except RpcError as error:
            return _answer(envelope.error_answer(None, error), _FAILED)
        asked = [each for each in requests if not each.is_notification]
        answers = await placed(self._node, (each.method for each in asked), self._replies(asked))
        if not answers:
            return Response()
        return _answer(answers if is_batch else answers[0])

    async def get(self, request: Request) -> Response:
        """Answer a call written as path and query."""
        name = request.scope["path"].strip("/")
        route = ROUTES.get(name)
        if route is None:  # a line break behind a name passes the router
            return PlainTextResponse("Not Found", _NOT_FOUND)
        try:
            work = answer(self._node, route, UriArguments(request.query_params))
            result = await placed(self._node, (name,), work)
        except InvalidParams as error:
            error = InvalidParams(f"error converting http params to arguments: {error.detail}")
            return _answer(envelope.error_answer(envelope.URI_ID, error), _FAILED)
        except RpcError as error:
            return _answer(envelope.error_answer(envelope.URI_ID, error), _FAILED)
        return _answer(envelope.result_answer(envelope.URI_ID, result))

    async def index(self, request: Request) -> Response:
        """List the routes."""
        lines = [f"/{name}?{'&'.join(f'{each}=_' for each in route.names)}" for name, route in ROUTES.items()]
        return PlainTextResponse("\n".join(line.rstrip("?") for line in lines) + "\n")

    async def _replies(self, requests: list[envelope.Request]) -> list[JsonObject]:
        answers: list[JsonObject] = []
        for each in requests:
            answers.append(await self._reply(each))
            await anyio.lowlevel.checkpoint()  # blocks come between the calls of a long batch
        return answers

    async def _reply(self, request: envelope.Request) -> JsonObject:
        try:
            return envelope.result_answer(request.id, await call(self._node, request))
        except RpcError as error:
            return envelope.error_answer(request.id, error)


async def _body(request: Request) -> bytes | None:
    """Read the body, or give up when it grows past the limit."""
    if int(request.headers.get("content-length", "0")) > MAX_BODY:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _answer(document: object, status: int = 200) -> Response:
    return Response(envelope.to_text(document), status, media_type="application/json")
