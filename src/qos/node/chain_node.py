"""One chain in one process: store, machine, embedded engine and RPC edge, composed from the home's files."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import structlog

from qos.base.strictjson import JsonValue, render_json
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.io.engine import EngineConfig as RunConfig
from qos.engine.embedded.io.sign_state import FileSignState
from qos.engine.embedded.schedule import ScheduleConfig
from qos.machine.chain import Chain
from qos.machine.machine import Machine
from qos.node import memory
from qos.node.call_times import TimedDoor, TimedServices
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, EngineConfig, load_config
from qos.node.edge_thread import EdgeThread
from qos.node.errors import BadConfig
from qos.node.exposition import exposition, health
from qos.node.holdings import lines_of
from qos.node.home import ChainHome, write_atomically
from qos.node.measuring import Figures, MeasuredApplication, measured
from qos.node.open_state import opened_store
from qos.node.pages import JSON, TEXT, Page, serving
from qos.node.preloading import AT_START_MS, BEHIND_BLOCK_MS, preload
from qos.node.reader_pool import READS_HERE, reader_pool
from qos.node.snapshots.scheduling import export_regularly
from qos.node.sockets import listen, url_of
from qos.node.stopping import stop_event
from qos.node.validators import read_seeds
from qos.rpc.comet.app import application, embedded_door
from qos.rpc.engine_loop import EngineLoop
from qos.rpc.rest.app import create_rest
from qos.rpc.services.embedded_ledger import EmbeddedLedger
from qos.rpc.services.node import ServiceNode
from qos.rpc.services.table import Services
from qos.rpc.workers import WorkerPool

log = structlog.get_logger("qos.node")
Servers = tuple[tuple[str, Coroutine[None, None, None]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a running node is made of."""

    home: ChainHome
    config: ChainConfig
    chain: Chain
    engine: EmbeddedEngine
    figures: Figures

    def services(self, rpc_address: str, workers: WorkerPool) -> Services:
        """Return what gRPC and REST answer with; `rpc_address` is told to clients, `workers` do the heavy reads.

        Call it on the engine's loop, use it on another one.
        """
        place = EngineLoop(self.engine)
        return TimedServices(
            ServiceNode(
                chain=self.chain,
                state=self.engine.application,
                ledger=EmbeddedLedger(self.engine, place, rpc_address, workers),
                place=place,
                version=version("qos"),
                keep_versions=self.config.store.kept_versions,
                workers=workers,
            ),
            self.figures.calls,
        )


@contextmanager
def composed(home: ChainHome) -> Iterator[Parts]:
    """Open stores, load genesis or replay, and give the node's parts; closes the stores at the end.

    Raises: BadConfig, BadGenesis, StoreDamaged, StoreBusy, HandshakeRefused, DoubleSignRefused.
    """
    config = load_config(ChainConfig, home.config_file)
    genesis_json = home.genesis()
    chain = chain_of(config.kind)
    store = opened_store(home, config, chain)
    try:
        blocks = LmdbBlockStore(home.blocks_folder, retain=config.store.retain_blocks)
        try:
            signed = FileSignState(home.sign_state_file)
            figures = Figures()
            preload(store, AT_START_MS)
            machine = Machine(chain, store, query_reads=READS_HERE, beside=lines_of(home.holdings_file))
            engine = EmbeddedEngine(
                application=MeasuredApplication(machine, figures, lambda: preload(store, BEHIND_BLOCK_MS)),
                store=blocks,
                genesis_json=genesis_json,
                seeds=read_seeds(home.validator_keys_file),
                signed=signed,
                config=_run_config(config),
            )
            yield Parts(home=home, config=config, chain=chain, engine=engine, figures=figures)
            signed.close()
        finally:
            blocks.close()
    finally:
        store.close()


def _run_config(config: ChainConfig) -> RunConfig:
    if not isinstance(config.engine, EngineConfig):
        raise BadConfig("this node runs on CometBFT, not on the embedded engine", "qos node start")
    engine = config.engine
    schedule = ScheduleConfig(
        min_interval_ms=engine.min_interval_ms, heartbeat_ms=engine.heartbeat_ms, proof_after_ms=engine.proof_after_ms
    )
    return RunConfig(schedule=schedule, moniker=config.moniker)


async def run(parts: Parts, *, until_eof: bool) -> None:
    """Make blocks and answer until `stop_event` is set. Raises: PortTaken, and whatever stops a chain."""
    config = parts.config
    with (
        listen(config.rpc.host, config.rpc.port) as rpc,
        listen(config.rest.host, config.rest.port) as rest,
        listen(config.metrics.host, config.metrics.port) as metrics,
    ):
        workers = reader_pool(parts.home, config)
        services = parts.services(url_of(rpc, "tcp"), workers)
        door = embedded_door(parts.engine, url_of(rpc, "tcp"), workers, EngineLoop(parts.engine), services)
        comet = application(TimedDoor(door, parts.figures.calls))
        web = (
            ("rpc", measured(comet, "rpc", parts.figures), rpc),
            ("rest", measured(create_rest(services), "rest", parts.figures), rest),
        )
        edges = EdgeThread(services, web, config.grpc)
        endpoints: dict[str, JsonValue] = {
            "rpc": url_of(rpc),
            "grpc": await edges.start(),
            "rest": url_of(rest),
            "metrics": url_of(metrics),
        }
        memory.settle(memory.BETWEEN_BLOCKS)
        write_atomically(parts.home.endpoints_file, render_json({**endpoints, "pid": os.getpid()}) + "\n")
        log.info("listening", kind=config.kind, height=parts.engine.height, **endpoints)
        servers: Servers = (("edges", edges.serve()),)
        if config.snapshots.every_blocks:
            servers += (("snapshots", export_regularly(parts.engine, parts.home, config.snapshots)),)
        try:
            async with serving(metrics, _pages(parts)):
                await _serve(parts.engine, servers, stop_event(until_eof=until_eof))
        finally:
            await workers.close()
        log.info("stopped", height=parts.engine.height)


def _pages(parts: Parts) -> dict[str, Page]:
    def metrics() -> bytes:
        return exposition(parts.engine, parts.figures, parts.home)

    def status() -> bytes:
        engine = parts.engine
        return render_json(health(engine.application.info(), len(engine.mempool))).encode()

    return {
        "/metrics": Page(content_type=TEXT, render=metrics),
        "/status": Page(content_type=JSON, render=status),
    }


async def _serve(engine: EmbeddedEngine, servers: Servers, stop: asyncio.Event) -> None:
    making = asyncio.create_task(engine.run(), name="engine")
    serving = [asyncio.create_task(server, name=name) for name, server in servers]
    stopping = asyncio.create_task(stop.wait(), name="signals")
    await asyncio.wait((making, stopping, *serving), return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, *serving):
        task.cancel()
    # The edges hand work over to this loop until they have ended; the engine ends last.
    ended = [*await asyncio.gather(*serving, return_exceptions=True)]
    # A block is made without giving up the loop, so cancelling never cuts one.
    making.cancel()
    ended += await asyncio.gather(making, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception):
            raise result
