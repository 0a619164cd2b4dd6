"""The web application a node serves on its RPC port."""

from importlib.metadata import version

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.rpc.comet.http import HttpEdge
from qos.rpc.comet.methods import ROUTES
from qos.rpc.comet.node import NodeAnswers, RpcNode
from qos.rpc.comet.websocket import WebsocketEdge
from qos.rpc.cors import CORS
from qos.rpc.engine_loop import EngineLoop
from qos.rpc.workers import WorkerPool


def create_app(
    engine: EmbeddedEngine,
    rpc_address: str,
    workers: WorkerPool | None = None,
    loop: EngineLoop | None = None,
    answers: NodeAnswers | None = None,
) -> Starlette:
    """Return the application for one engine, to be served on the engine's event loop, or on another one given `loop`.

    `rpc_address` is shown in `status`, as `tcp://127.0.0.1:26657`; `workers` do the heavy reads, `answers` knows what
    the node can tell beside the state. Serve it with a websocket message limit of 1 MB (`ws_max_size`); it has no
    lifespan of its own.
    """
    node = RpcNode(
        engine=engine, version=version("qos"), rpc_address=rpc_address, workers=workers, loop=loop, answers=answers
    )
    http, websocket = HttpEdge(node), WebsocketEdge(node)
    gets = [Route(f"/{name}", http.get, methods=["GET"]) for name in ROUTES]
    return Starlette(
        routes=[
            Route("/", http.post, methods=["POST"]),
            Route("/", http.index, methods=["GET"]),
            WebSocketRoute("/websocket", websocket.serve),
            *gets,
        ],
        middleware=[CORS],
    )
