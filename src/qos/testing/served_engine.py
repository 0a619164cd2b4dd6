"""A node in this process: engine, block store on disk, RPC on a free port of the loopback address."""

import socket
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import uvicorn
from anyio.from_thread import start_blocking_portal

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.engine import EmbeddedEngine, EngineConfig
from qos.engine.embedded.io.sign_state import FileSignState
from qos.engine.embedded.schedule import ScheduleConfig
from qos.machine.abci import Application
from qos.rpc.comet.app import application, embedded_door
from qos.rpc.comet.envelope import MAX_BATCH, MAX_BODY
from qos.rpc.workers import WorkerPool
from qos.testing.engine_worlds import genesis_json, seeds_of
from qos.testing.kvstore import KeyValueStore

RPC_ADDRESS = "tcp://127.0.0.1:26657"
SLOW_HEARTBEAT = EngineConfig(schedule=ScheduleConfig(heartbeat_ms=60_000), moniker="test")
"""Blocks come from transactions, so that a test decides what happens."""


def open_engine(
    folder: Path, application: Application | None = None, config: EngineConfig = SLOW_HEARTBEAT, genesis: bytes = b""
) -> EmbeddedEngine:
    """Open an engine with one validator on a folder; a key-value chain unless said otherwise."""
    return EmbeddedEngine(
        application=application or KeyValueStore(folder / "pairs.json"),
        store=LmdbBlockStore(folder / "blocks"),
        genesis_json=genesis or genesis_json(),
        seeds=seeds_of(1),
        signed=FileSignState(folder / "sign_state.json"),
        config=config,
    )


class Served:
    """A running node: its HTTP client and the address of its websocket."""

    def __init__(self, engine: EmbeddedEngine, port: int) -> None:
        self.engine = engine
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)
        self.websocket_url = f"ws://127.0.0.1:{port}/websocket"

    def get(self, path: str) -> Any:
        """Return the JSON answer to a GET request."""
        return self.http.get(path).json()

    def call(self, method: str, **params: object) -> Any:
        """Return the JSON answer to a JSON-RPC request."""
        return self.http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()

    def submit(self, txs: Sequence[bytes]) -> None:
        """Hand in transactions in as few requests as the node takes."""
        calls = [
            {"jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_async", "params": {"tx": b64encode(tx).decode()}}
            for tx in txs
        ]
        for start in range(0, len(calls), MAX_BATCH):
            self.http.post("/", json=calls[start : start + MAX_BATCH])


@contextmanager
def serving(engine: EmbeddedEngine, workers: WorkerPool | None = None) -> Iterator[Served]:
    """Run an engine and answer its RPC, both on one event loop in a thread; closes the store and `workers` at the end.

    An exception that stops the engine ends the server and is raised here.
    """
    # The loop switches Nagle's delay off only on sockets that name their protocol.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener, start_blocking_portal() as portal:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application(embedded_door(engine, RPC_ADDRESS, workers)),
            log_config=None,
            ws_max_size=MAX_BODY,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        running = portal.start_task_soon(_run, engine, server, listener)
        served = Served(engine, listener.getsockname()[1])
        try:
            yield served
        finally:
            served.http.close()
            server.should_exit = True
            try:
                running.result(10)
                if workers is not None:
                    portal.call(workers.close)
            finally:
                engine.store.close()


async def _run(engine: EmbeddedEngine, server: uvicorn.Server, listener: socket.socket) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_run_engine, engine, server)
        await server.serve(sockets=[listener])
        tasks.cancel_scope.cancel()


async def _run_engine(engine: EmbeddedEngine, server: uvicorn.Server) -> None:
    try:
        await engine.run()
    finally:
        server.should_exit = True
