"""Counting what a node does, at a cost of a few clock readings a call: its application and its HTTP edges."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qos.base.identifiers import CONSENSUS_PREFIX, Address, format_address
from qos.machine.abci import Application, BlockRequest, BlockResult, CheckResult, Info, Place, QueryResult, first_place
from qos.machine.context import BlockInfo
from qos.node import memory
from qos.node.call_times import CallTimes
from qos.proto.records.tendermint_types import BlockIDFlag

SLOW_BLOCK_MS = 1_000
"""A block that takes longer to execute is worth a warning."""

CHECKS_A_READING = 16
"""Of so many checked transactions the time of one is read and stands for all: each would cost a tenth of its check."""

log = structlog.get_logger("qos.node")


class Stage(Enum):
    """What the time of the application goes into."""

    CHECK = "check"
    RECHECK = "recheck"
    PREPARE = "prepare"
    PROCESS = "process"
    EXECUTE = "execute"
    COMMIT = "commit"
    QUERY = "query"


@dataclass(slots=True)
class Spent:
    """Calls of one kind, the time they took together, and the processor time where that is counted."""

    calls: int = 0
    ns: int = 0
    cpu_ns: int = 0

    def add(self, began_ns: int, cpu_began_ns: int, times: int = 1) -> None:
        """Count a call of this thread that ends now; its time stands for so many calls."""
        self.calls += 1
        self.ns += (time.perf_counter_ns() - began_ns) * times
        self.cpu_ns += (time.thread_time_ns() - cpu_began_ns) * times


@dataclass(slots=True)
class Figures:
    """All that is counted of one node since its start."""

    stages: dict[Stage, Spent] = field(default_factory=lambda: {stage: Spent() for stage in Stage})
    txs: int = 0
    failed: Counter[tuple[str, int]] = field(default_factory=Counter)
    refused: Counter[tuple[str, int]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    """Votes that proposers did not show in their blocks, by the proposer's consensus address (V1)."""
    requests: dict[tuple[str, int], Spent] = field(default_factory=dict)
    """By edge and status; a websocket counts when it closes, as status 101."""
    calls: CallTimes = field(default_factory=CallTimes)

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Count a call and its time."""
        began, cpu_began = time.perf_counter_ns(), time.thread_time_ns()
        try:
            yield
        finally:
            self.stages[stage].add(began, cpu_began)


def _nothing() -> None:
    """Have nothing to do behind a block."""


class MeasuredApplication:
    """Implements `Application` over another one and counts in `figures`."""

    def __init__(self, application: Application, figures: Figures, behind_block: Callable[[], None] = _nothing) -> None:
        """`behind_block` is called when a block is durable."""
        self._application = application
        self._figures = figures
        self._checks, self._rechecks = figures.stages[Stage.CHECK], figures.stages[Stage.RECHECK]
        self._behind_block = behind_block

    def replace(self, application: Application) -> None:
        """Go on over another application."""
        self._application = application

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        return self._application.info()

    def init_chain(self, genesis: bytes) -> bytes:
        """Load the genesis document."""
        return self._application.init_chain(genesis)

    def check_tx(self, tx: bytes, *, recheck: bool = False, place: Place = first_place) -> CheckResult:
        """Decide whether a transaction may wait."""
        spent = self._rechecks if recheck else self._checks
        if spent.calls % CHECKS_A_READING:
            spent.calls += 1
            result = self._application.check_tx(tx, recheck=recheck, place=place)
        else:
            began, cpu_began = time.perf_counter_ns(), time.thread_time_ns()
            result = self._application.check_tx(tx, recheck=recheck, place=place)
            spent.add(began, cpu_began, times=CHECKS_A_READING)
        if result.code and not recheck:
            self._figures.refused[result.codespace, result.code] += 1
        return result

    def gas_price(self) -> int:
        """Return what a unit of gas costs at least in the next block."""
        return self._application.gas_price()

    def prepare_proposal(self, txs: list[bytes], block: BlockInfo, max_bytes: int) -> list[bytes]:
        """Choose from waiting transactions."""
        with self._figures.timed(Stage.PREPARE):
            return self._application.prepare_proposal(txs, block, max_bytes)

    def process_proposal(self, txs: tuple[bytes, ...], block: BlockInfo) -> str:
        """Return why a proposed block is refused, or an empty text."""
        with self._figures.timed(Stage.PROCESS):
            return self._application.process_proposal(txs, block)

    def finalize_block(self, request: BlockRequest) -> BlockResult:
        """Execute a decided block in memory."""
        began = time.perf_counter_ns()
        with self._figures.timed(Stage.EXECUTE):
            result = self._application.finalize_block(request)
        took_ms = (time.perf_counter_ns() - began) // 1_000_000
        tell = log.warning if took_ms > SLOW_BLOCK_MS else log.debug
        tell("block", height=request.block.height, transactions=len(request.txs), execute_ms=took_ms)
        if absent := sum([vote.flag == BlockIDFlag.BLOCK_ID_FLAG_ABSENT for vote in request.block.votes]):
            proposer = format_address(Address(request.block.proposer_address), CONSENSUS_PREFIX)
            self._figures.left_out[proposer] += absent
        self._figures.txs += len(result.tx_results)
        for each in result.tx_results:
            if each.code:
                self._figures.failed[each.codespace, each.code] += 1
        return result

    def commit(self) -> None:
        """Make the finalized block durable, and tidy up behind it."""
        with self._figures.timed(Stage.COMMIT):
            self._application.commit()
            memory.after_block()
            self._behind_block()

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer from committed state."""
        with self._figures.timed(Stage.QUERY):
            return self._application.query(path, data, height, prove=prove)


def measured(app: ASGIApp, edge: str, figures: Figures) -> ASGIApp:
    """Return an HTTP application that counts its requests by status, with the time until the answer was sent."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter_ns(), 101

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, noting)
        finally:
            spent = figures.requests.setdefault((edge, status), Spent())
            spent.calls += 1
            spent.ns += time.perf_counter_ns() - began

    return serve
