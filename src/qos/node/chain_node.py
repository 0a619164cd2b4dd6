"""One chain in one process: store, machine, embedded engine and RPC edge, composed from the home's files."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket

import structlog
import uvicorn
from starlette.applications import Starlette

from qos.base.strictjson import render_json
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.io.engine import EngineConfig as RunConfig
from qos.engine.embedded.io.sign_state import FileSignState
from qos.engine.embedded.schedule import ScheduleConfig
from qos.machine.machine import Machine
from qos.node import memory
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.errors import BadConfig
from qos.node.home import ChainHome, write_atomically
from qos.node.sockets import listen, url_of
from qos.node.stopping import stop_event
from qos.node.validators import read_seeds
from qos.rpc.comet.app import create_app
from qos.rpc.workers import PoolLimits, WorkerPool
from qos.store.io.lmdb import open_store

WEBSOCKET_MESSAGE_BYTES = 1_000_000
SHUTDOWN_TIMEOUT_S = 2
READS_HERE = 500
"""Values a query may read on the engine's own loop, 10 ms at most; longer ones go to a reader process."""

log = structlog.get_logger("qos.node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a running node is made of."""

    home: ChainHome
    config: ChainConfig
    engine: EmbeddedEngine


@contextmanager
def composed(home: ChainHome) -> Iterator[Parts]:
    """Open stores, load genesis or replay, and give the node's parts; closes the stores at the end.

    Raises: BadConfig, BadGenesis, StoreDamaged, StoreBusy, HandshakeRefused, DoubleSignRefused.
    """
    config = load_config(ChainConfig, home.config_file)
    genesis_json = _read(home)
    chain = chain_of(config.kind)
    home.state_folder.mkdir(parents=True, exist_ok=True)
    store = open_store(home.state_folder, chain.stores, keep_versions=config.store.keep_versions)
    try:
        blocks = LmdbBlockStore(home.blocks_folder)
        try:
            signed = FileSignState(home.sign_state_file)
            engine = EmbeddedEngine(
                application=Machine(chain, store, query_reads=READS_HERE),
                store=blocks,
                genesis_json=genesis_json,
                seeds=read_seeds(home.validator_keys_file),
                signed=signed,
                config=_run_config(config),
            )
            yield Parts(home=home, config=config, engine=engine)
            signed.close()
        finally:
            blocks.close()
    finally:
        store.close()


def _read(home: ChainHome) -> bytes:
    try:
        return home.genesis_file.read_bytes()
    except OSError as error:
        raise BadConfig(f"{home.genesis_file}: {error}") from None


def _run_config(config: ChainConfig) -> RunConfig:
    schedule = ScheduleConfig(min_interval_ms=config.engine.min_interval_ms, heartbeat_ms=config.engine.heartbeat_ms)
    return RunConfig(schedule=schedule, moniker=config.moniker)


class _Server(uvicorn.Server):
    """Leaves signals to the node, which has stores to close after the last answer."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


async def run(parts: Parts, *, until_eof: bool) -> None:
    """Make blocks and answer until `stop_event` is set. Raises: PortTaken, and whatever stops a chain."""
    config = parts.config
    with listen(config.rpc.host, config.rpc.port) as listener:
        workers = WorkerPool(_reader_command(parts.home), _pool_limits(config))
        server = _Server(_server_config(create_app(parts.engine, url_of(listener, "tcp"), workers)))
        memory.settle()
        write_atomically(parts.home.endpoints_file, _endpoints(url_of(listener)))
        log.info("listening", rpc=url_of(listener), kind=config.kind, height=parts.engine.height)
        try:
            await _serve(parts.engine, server, listener, stop_event(until_eof=until_eof))
        finally:
            await workers.close()
        log.info("stopped", height=parts.engine.height)


def _reader_command(home: ChainHome) -> tuple[str, ...]:
    return sys.executable, "-m", "qos.node.run_reader", "--home", str(home.folder)


def _pool_limits(config: ChainConfig) -> PoolLimits:
    return PoolLimits(workers=config.rpc.readers, time_ms=config.rpc.read_time_ms)


def _server_config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )


async def _serve(engine: EmbeddedEngine, server: uvicorn.Server, listener: socket, stop: asyncio.Event) -> None:
    making = asyncio.create_task(engine.run(), name="engine")
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="rpc")
    stopping = asyncio.create_task(stop.wait(), name="signals")
    await asyncio.wait((making, serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    # A block is made without giving up the loop, so cancelling never cuts one.
    making.cancel()
    results = await asyncio.gather(making, serving, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _endpoints(rpc: str) -> str:
    return render_json({"rpc": rpc, "pid": os.getpid()}) + "\n"
