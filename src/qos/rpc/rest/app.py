"""The web application a node serves on its REST port."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from qos.rpc.rest.gateway import Gateway
from qos.rpc.services.table import HEIGHT_KEY, Services

CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST", "HEAD", "OPTIONS"],
    allow_headers=["*"],
    expose_headers=[HEIGHT_KEY, f"grpc-metadata-{HEIGHT_KEY}"],
    max_age=3_600,
)
"""Pages of any origin may ask: nothing here depends on who asks."""

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def create_rest(services: Services) -> Starlette:
    """Return the application for the services of one node, to be served on the engine's event loop."""
    gateway = Gateway(services)
    return Starlette(
        routes=[Route("/{path:path}", gateway.serve, methods=METHODS)],
        middleware=[CORS],
    )
