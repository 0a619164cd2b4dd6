"""The web application a node serves on its RPC port."""

from importlib.metadata import version

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.rpc.comet.door import Door
from qos.rpc.comet.embedded_door import EmbeddedDoor
from qos.rpc.comet.http import HttpEdge
from qos.rpc.comet.methods import ROUTES
from qos.rpc.comet.node import RpcNode
from qos.rpc.comet.state_queries import NodeAnswers, StateQueries
from qos.rpc.comet.websocket import WebsocketEdge
from qos.rpc.cors import CORS
from qos.rpc.engine_loop import OwnLoop
from qos.rpc.ports import Place
from qos.rpc.workers import WorkerPool


def embedded_door(
    engine: EmbeddedEngine,
    rpc_address: str,
    workers: WorkerPool | None = None,
    loop: Place | None = None,
    answers: NodeAnswers | None = None,
) -> Door:
    """Return what answers for an engine in this process, on its event loop, or on another one given `loop`.

    `rpc_address` is shown in `status`, as `tcp://127.0.0.1:26657`; `workers` do the heavy reads, `answers` knows what
    the node can tell beside the state.
    """
    place = loop or OwnLoop(engine.halt)
    queries = StateQueries(state=engine.application, place=place, workers=workers, answers=answers)
    node = RpcNode(
        engine=engine,
        version=version("qos"),
        rpc_address=rpc_address,
        place=place,
        queries=queries,
        workers=workers,
    )
    return EmbeddedDoor(node)


def application(door: Door) -> Starlette:
    """Return the application for what stands behind a door.

    Serve it with a websocket message limit of 1 MB (`ws_max_size`); it has no lifespan of its own.
    """
    http, websocket = HttpEdge(door), WebsocketEdge(door)
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
