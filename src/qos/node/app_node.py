"""The application of one node, in a process of its own beside its engine: store, machine and ABCI server."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import structlog

from qos.base.strictjson import JsonObject, render_json
from qos.engine.abci.handler import Handler
from qos.engine.abci.io.address import address_of, listen
from qos.engine.abci.io.server import AbciServer
from qos.engine.abci.mempool import EngineMempool
from qos.engine.abci.patience import AT_ONCE, Quiet
from qos.engine.mempool import MempoolLimits
from qos.machine.module import Lines
from qos.node import memory
from qos.node.app_pages import AppPages
from qos.node.chain_lists import chain_of
from qos.node.comet.config import CometConfig
from qos.node.config import ChainConfig, load_config
from qos.node.errors import PortTaken
from qos.node.holdings import lines_of
from qos.node.home import ChainHome, write_atomically
from qos.node.measuring import Figures
from qos.node.open_state import OpenState, OpenStore, opened_store
from qos.node.pages import serving
from qos.node.snapshots.scheduling import export_at_heights
from qos.node.snapshots.serving import HomeSnapshots
from qos.node.sockets import listen as listen_http
from qos.node.sockets import url_of
from qos.node.spare_thread import spare_thread
from qos.node.stopping import stop_event

FREE_PORT = "tcp://127.0.0.1:0"
SWITCH_S = 0.0005
"""How long the machine's thread keeps the interpreter while the engine's writes wait to be read."""

log = structlog.get_logger("qos.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppParts:
    """What a running application is made of."""

    home: ChainHome
    config: ChainConfig
    handler: Handler
    pages: AppPages


@contextmanager
def composed(home: ChainHome, open_state: OpenStore = opened_store) -> Iterator[AppParts]:
    """Open the state and give the application's parts; closes the store at the end. Raises: BadConfig, StoreError."""
    config = load_config(ChainConfig, home.config_file)
    chain = chain_of(config.kind)
    figures = Figures()
    with (
        spare_thread() as spare,
        closing(OpenState(chain, lambda: open_state(home, config, chain), figures, _beside(home), spare)) as state,
    ):
        mempool = EngineMempool(state.application, _limits(config))
        handler = Handler(
            state.application,
            mempool,
            HomeSnapshots(home, state),
            version=version("qos"),
            retain_blocks=config.store.retain_blocks,
            log=lambda call, why: log.warning("refused", call=call, because=why),
        )
        pages = AppPages(home=home, application=state.application, mempool=mempool, figures=figures)
        yield AppParts(home=home, config=config, handler=handler, pages=pages)


def _beside(home: ChainHome) -> Lines:
    def told(lines: int) -> None:
        log.info("reading holdings", lines=lines)

    return lines_of(home.holdings_file, told)


def _limits(config: ChainConfig) -> MempoolLimits:
    """Return how much may wait: as much as in the engine, which asks about no more."""
    if not isinstance(config.engine, CometConfig):
        return MempoolLimits()
    engine = config.engine
    return MempoolLimits(transactions=engine.mempool_txs, size_bytes=engine.mempool_bytes, seen=engine.cache_txs)


def _quiet(config: ChainConfig) -> Quiet:
    """Return how long empty blocks are put off; the engine gives up a proposal it waits for too long."""
    engine = config.engine
    if not isinstance(engine, CometConfig) or not engine.heartbeat_ms:
        return AT_ONCE
    return Quiet(after_block_ms=engine.block_ms + engine.heartbeat_ms, at_most_ms=engine.propose_ms // 2)


async def run(parts: AppParts, *, address: str, until_eof: bool) -> None:
    """Serve the engine at an address until asked to stop. Raises: PortTaken, BadAddress, and what stops a machine."""
    stop = stop_event(until_eof=until_eof)
    server = AbciServer(
        parts.handler, lambda why: log.warning("connection closed", because=why), quiet=_quiet(parts.config)
    )
    try:
        engine = listen(address)
    except OSError as error:
        raise PortTaken(f"{address} is taken or not allowed: {error}", "stop the other program") from None
    sys.setswitchinterval(SWITCH_S)
    memory.settle(memory.BETWEEN_BLOCKS)
    with engine, listen_http("127.0.0.1", 0) as metrics:
        async with serving(metrics, parts.pages.pages()):
            _tell(parts, address_of(engine), url_of(metrics))
            working = [server.serve(engine)]
            plan = parts.config.snapshots
            if plan.every_blocks:
                working.append(export_at_heights(lambda: parts.pages.height, parts.home, plan))
            await _until(stop, working)
    log.info("stopped", height=parts.pages.height)


def _tell(parts: AppParts, abci: str, metrics: str) -> None:
    parts.home.run_folder.mkdir(parents=True, exist_ok=True)
    told: JsonObject = {"abci": abci, "metrics": metrics, "pid": os.getpid()}
    write_atomically(parts.home.app_file, render_json(told) + "\n")
    log.info("listening", height=parts.pages.height, **told)


async def _until(stop: asyncio.Event, work: Sequence[Coroutine[None, None, None]]) -> None:
    working = [asyncio.create_task(each) for each in work]
    stopping = asyncio.create_task(stop.wait(), name="signals")
    await asyncio.wait((*working, stopping), return_when=asyncio.FIRST_COMPLETED)
    # The machine finishes the call it is in: a block is never cut.
    for task in (*working, stopping):
        task.cancel()
    for result in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
