"""The edges of a node beside CometBFT: a process that reads the application's state and asks the engine for blocks."""

import asyncio
import os
from collections.abc import Awaitable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.metadata import version
from socket import socket
from typing import Any, TypeVar

import structlog

from qos.base.errors import QosError
from qos.base.strictjson import JsonValue, render_json
from qos.client.io.http import HttpTransport
from qos.node import memory
from qos.node.call_times import TimedDoor, TimedServices
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.edge_thread import take_grpc_port
from qos.node.edges_pages import EdgesPages
from qos.node.following import FollowedState, followed
from qos.node.home import ChainHome, write_atomically
from qos.node.measuring import Figures, measured
from qos.node.pages import serving
from qos.node.private_addresses import address_in
from qos.node.reader_pool import READS_HERE, pool_limits, reader_pool
from qos.node.sockets import listen, url_of
from qos.node.stopping import stop_event
from qos.node.web import serve_http
from qos.rpc.comet.app import application
from qos.rpc.comet.feeds import Feeds
from qos.rpc.comet.forwarding_door import ForwardingDoor
from qos.rpc.comet.state_queries import StateQueries
from qos.rpc.engine_loop import OwnLoop
from qos.rpc.grpc.server import Server
from qos.rpc.rest.app import create_rest
from qos.rpc.services.comet_ledger import CometLedger
from qos.rpc.services.node import ServiceNode
from qos.rpc.services.table import Services
from qos.rpc.workers import WorkerPool

FOLLOW_S = 1.0
FORWARD_MS = 15_000
"""Longer than the engine waits for a block in `broadcast_tx_commit`."""

log = structlog.get_logger("qos.edges")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What running edges are made of."""

    home: ChainHome
    config: ChainConfig
    rpc: socket
    rest: socket
    metrics: socket
    engine: str
    forwards: HttpTransport
    calls: HttpTransport
    state: FollowedState
    workers: WorkerPool
    stopped: asyncio.Future[None]

    def services(self, figures: Figures) -> Services:
        """Return what gRPC and REST answer with."""
        rpc_address = url_of(self.rpc, "tcp")
        return TimedServices(
            ServiceNode(
                chain=chain_of(self.config.kind),
                state=self.state,
                ledger=CometLedger(self.calls, rpc_address),
                place=self.place(),
                version=version("qos"),
                keep_versions=self.config.store.kept_versions,
                workers=self.workers,
            ),
            figures.calls,
        )

    def door(self, services: Services, feeds: Feeds) -> ForwardingDoor:
        """Return what the RPC answers with."""
        queries = StateQueries(state=self.state, place=self.place(), workers=self.workers, answers=services)
        return ForwardingDoor(self.forwards, queries, feeds, pool_limits(self.config), url_of(self.rpc, "tcp"))

    def place(self) -> OwnLoop:
        """Return where work runs: here; damage ends the program."""
        return OwnLoop(self._halt)

    def _halt(self, error: QosError) -> None:
        if not self.stopped.done():
            self.stopped.set_exception(error)


async def run(home: ChainHome, *, until_eof: bool) -> None:
    """Answer until asked to stop. Raises: PortTaken, BadConfig, NodeError, StoreDamaged."""
    stopping = asyncio.create_task(stop_event(until_eof=until_eof).wait(), name="signals")
    config = load_config(ChainConfig, home.config_file)
    engine = address_in(home.engine_file, "rpc")
    async with AsyncExitStack() as stack:
        stack.callback(stopping.cancel)
        state = await _unless(stopping, followed(home, chain_of(config.kind), READS_HERE))
        if state is None:
            return
        stack.callback(state.close)
        workers = reader_pool(home, config)
        stack.push_async_callback(workers.close)
        parts = _Parts(
            home=home,
            config=config,
            rpc=stack.enter_context(listen(config.rpc.host, config.rpc.port)),
            rest=stack.enter_context(listen(config.rest.host, config.rest.port)),
            metrics=stack.enter_context(listen(config.metrics.host, config.metrics.port)),
            engine=engine,
            forwards=await stack.enter_async_context(HttpTransport(engine, timeout_ms=FORWARD_MS)),
            calls=await stack.enter_async_context(HttpTransport(engine)),
            state=state,
            workers=workers,
            stopped=asyncio.get_running_loop().create_future(),
        )
        await _serve(parts, stopping)
    log.info("stopped")


async def _serve(parts: _Parts, stopping: asyncio.Task[bool]) -> None:
    feeds, figures = Feeds(parts.engine), Figures()
    services = parts.services(figures)
    rpc = application(TimedDoor(parts.door(services, feeds), figures.calls))
    server = Server(services)
    endpoints: dict[str, JsonValue] = {
        "rpc": url_of(parts.rpc),
        "grpc": take_grpc_port(server, parts.config.grpc),
        "rest": url_of(parts.rest),
        "metrics": url_of(parts.metrics),
    }
    pages = EdgesPages(home=parts.home, state=parts.state, calls=parts.calls, figures=figures)
    work: dict[str, Coroutine[None, None, None]] = {
        "feeds": feeds.run(),
        "follow": _follow(parts.state),
        "grpc": server.serve(),
        "rpc": serve_http(measured(rpc, "rpc", figures), parts.rpc),
        "rest": serve_http(measured(create_rest(services), "rest", figures), parts.rest),
    }
    memory.settle()
    async with serving(parts.metrics, pages.pages()):
        tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
        parts.home.run_folder.mkdir(parents=True, exist_ok=True)
        write_atomically(parts.home.edges_file, render_json({**endpoints, "pid": os.getpid()}) + "\n")
        log.info("listening", kind=parts.config.kind, engine=parts.engine, **endpoints)
        awaited: tuple[asyncio.Future[Any], ...] = (stopping, parts.stopped, *tasks)
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception):
            raise result
    if parts.stopped.done():
        parts.stopped.result()


async def _follow(state: FollowedState) -> None:
    while True:
        state.follow()
        await asyncio.sleep(FOLLOW_S)


async def _unless(stopping: asyncio.Task[bool], work: Awaitable[R]) -> R | None:
    """Return what work returns, None when asked to stop before. Raises: what it raises."""
    working = asyncio.ensure_future(work)
    await asyncio.wait((stopping, working), return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        return await working
    working.cancel()
    return None
