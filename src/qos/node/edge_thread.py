"""The edges of a node on a thread of their own: a block holds up the engine's loop, and no query."""

import asyncio
import sys
from concurrent.futures import Future
from socket import socket

import uvloop
from starlette.types import ASGIApp

from qos.node.config import EdgeConfig
from qos.node.errors import PortTaken
from qos.node.web import serve_http
from qos.rpc.grpc.server import Server
from qos.rpc.services.table import Services

SWITCH_S = 0.0005
"""How long the thread that makes a block keeps the interpreter while an answer wants it: a call wants it five times."""


class EdgeThread:
    """Starts, watches and stops the thread; its methods belong to the engine's loop."""

    def __init__(self, services: Services, web: tuple[tuple[str, ASGIApp, socket], ...], grpc: EdgeConfig) -> None:
        """Take what to serve: gRPC with its port, and applications with their names and sockets."""
        self._services = services
        self._web = web
        self._grpc = grpc
        self._address: Future[str] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Start the servers and return host and port of gRPC. Raises: PortTaken."""
        sys.setswitchinterval(SWITCH_S)
        self._work = asyncio.create_task(asyncio.to_thread(self._run))
        address = asyncio.wrap_future(self._address)
        await asyncio.wait((self._work, address), return_when=asyncio.FIRST_COMPLETED)
        if not address.done():
            self._work.result()
        return await address

    async def serve(self) -> None:
        """Return when the servers have ended; when cancelled, end them first. Raises: what ended them."""
        assert self._work is not None
        try:
            await asyncio.shield(self._work)
        finally:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._stop.set)
            await self._work

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            server = Server(self._services)
            address = take_grpc_port(server, self._grpc)
        except PortTaken as error:
            self._address.set_exception(error)
            return
        self._loop = asyncio.get_running_loop()
        self._address.set_result(address)
        tasks = {
            asyncio.create_task(server.serve(), name="grpc"),
            *(asyncio.create_task(serve_http(app, listener), name=name) for name, app, listener in self._web),
        }
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait((stopping, *tasks), return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, *tasks):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


def take_grpc_port(server: Server, config: EdgeConfig) -> str:
    """Take the port of gRPC and return its host and port. Raises: PortTaken."""
    try:
        port = server.listen(config.host, config.port)
    except RuntimeError:
        raise PortTaken(
            f"port {config.port} of {config.host} is taken or not allowed",
            "stop the other program, or choose --port-base",
        ) from None
    return f"[{config.host}]:{port}" if ":" in config.host else f"{config.host}:{port}"
