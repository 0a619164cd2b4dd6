"""The web application a node serves on its REST port."""

from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qos.rpc.cors import CORS
from qos.rpc.rest.gateway import Gateway, json_response
from qos.rpc.rest.openapi import describe
from qos.rpc.services.table import Services

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
PAGE = {
    "/": ("index.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/style.css": ("style.css", "text/css"),
}
OWN_FILES_ONLY = {"content-security-policy": "default-src 'self'; frame-ancestors 'none'"}


def create_rest(services: Services) -> Starlette:
    """Return the application for the services of one node."""
    gateway = Gateway(services)
    documents: list[dict[str, Any]] = []

    async def openapi(request: Request) -> Response:
        if not documents:
            chain_id = (await services.node.ledger.identity()).chain_id
            documents.append(describe(gateway.router, chain_id, services.node.version))
        return json_response(documents[0], 200)

    pages = [Route(path, _page(*content), methods=["GET"]) for path, content in PAGE.items()]
    return Starlette(
        routes=[
            *pages,
            Route("/openapi.json", openapi, methods=["GET"]),
            Route("/{path:path}", gateway.serve, methods=METHODS),
        ],
        middleware=[CORS],
    )


def _page(name: str, media_type: str) -> Any:
    content = files("qos.rpc.rest").joinpath("page", name).read_bytes()

    async def serve(request: Request) -> Response:
        return Response(content, media_type=media_type, headers=OWN_FILES_ONLY)

    return serve
