"""JSON-RPC over HTTP: POST to the root with one request or a batch, GET with the method as path."""

from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from qos.rpc.bodies import read_body
from qos.rpc.comet import envelope
from qos.rpc.comet.door import Door, Reply
from qos.rpc.comet.envelope import MAX_BODY, RpcError
from qos.rpc.comet.methods import ROUTES
from qos.rpc.comet.replies import reply

_TOO_LARGE: Final = 413
_NOT_FOUND: Final = 404
_FAILED: Final = 500


class HttpEdge:
    """Answers HTTP requests of one node."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def post(self, request: Request) -> Response:
        """Answer a JSON-RPC body of at most 1 MB."""
        try:
            body = await read_body(request, MAX_BODY)
        except ClientDisconnect:
            return Response()
        if body is None:
            return PlainTextResponse(f"http: request body too large: at most {MAX_BODY} bytes", _TOO_LARGE)
        try:
            requests, is_batch = envelope.parse_requests(body)
        except RpcError as error:
            return _response(reply(envelope.error_answer(None, error), _FAILED))
        return _response(await self._door.post(requests, is_batch=is_batch))

    async def get(self, request: Request) -> Response:
        """Answer a call written as path and query."""
        name = request.scope["path"].strip("/")
        if name not in ROUTES:  # a line break behind a name passes the router
            return PlainTextResponse("Not Found", _NOT_FOUND)
        return _response(await self._door.get(name, request.scope["query_string"].decode("latin-1")))

    async def index(self, request: Request) -> Response:
        """List the routes."""
        lines = [f"/{name}?{'&'.join(f'{each}=_' for each in route.names)}" for name, route in ROUTES.items()]
        return PlainTextResponse("\n".join(line.rstrip("?") for line in lines) + "\n")


def _response(found: Reply) -> Response:
    if not found.body:
        return Response()
    return Response(found.body, found.status, media_type="application/json")
