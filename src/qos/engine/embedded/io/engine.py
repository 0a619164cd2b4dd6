"""The embedded engine of a node: event loop, clock and disk around the sequencer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import anyio.lowlevel

from qos.base.blocktime import NANOSECONDS
from qos.base.errors import QosError
from qos.crypto import ed25519
from qos.engine.embedded.chain_state import ChainState, Genesis
from qos.engine.embedded.evidence_pool import EvidencePool
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.subscriptions import Subscriptions
from qos.engine.embedded.ports import SignState
from qos.engine.embedded.producer import Producer
from qos.engine.embedded.schedule import Schedule, ScheduleConfig
from qos.engine.embedded.sequencer import Sequencer
from qos.engine.mempool import Mempool, MempoolLimits
from qos.machine.abci import Application, CheckResult


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """How this node runs its chain; nothing of it is agreed on."""

    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    mempool: MempoolLimits = field(default_factory=MempoolLimits)
    moniker: str = "embedded"


class EmbeddedEngine:
    """Orders the transactions of one chain in this process, on one event loop.

    - `application`: the chain's machine, opened on its own store; the engine calls it from its loop only
    - `store`: opened in the node's data folder; `close` stays with the caller
    - `genesis_json`: bytes of the genesis document, the same at every start
    - `seeds`: 1 to 21 ed25519 seeds of validators; together more than 2/3 of the voting power
    - `signed`: kept outside the data folder

    Construction replays what the application misses. Raises: BadGenesis, HandshakeRefused, ReplayDiverged,
    DoubleSignRefused, ValueError on the number of keys. Once `run` raised anything but a cancellation, the node
    must stop: block or state are half done, and the next start mends them.
    """

    def __init__(
        self,
        *,
        application: Application,
        store: LmdbBlockStore,
        genesis_json: bytes,
        seeds: Sequence[bytes],
        signed: SignState,
        config: EngineConfig,
    ) -> None:
        producer = Producer(application=application, store=store, genesis_json=genesis_json, seeds=seeds, signed=signed)
        self.application = application
        self.store = store
        self.config = config
        self.validator_key = ed25519.public_key(seeds[0])
        self.subscriptions = Subscriptions(producer.prevotes)
        self.mempool = Mempool(application, config.mempool)
        schedule = Schedule(config.schedule, _first_block_at(producer))
        self.evidence = EvidencePool(store, producer.genesis, lambda: producer.state)
        self._sequencer = Sequencer(producer=producer, mempool=self.mempool, evidence=self.evidence, schedule=schedule)
        self._producer = producer
        self._wake = anyio.Event()
        self._halted: QosError | None = None

    @property
    def genesis(self) -> Genesis:
        """What the chain started from."""
        return self._producer.genesis

    @property
    def state(self) -> ChainState:
        """The newest block and what follows from it."""
        return self._producer.state

    @property
    def height(self) -> int:
        """The newest committed height, 0 before the first block."""
        return self.state.height

    def submit(self, tx: bytes) -> CheckResult:
        """Check a transaction and let it wait for a block; a code other than 0 says why it does not."""
        result = self._sequencer.submit(tx)
        self._wake.set()
        return result

    def halt(self, error: QosError) -> None:
        """Stop `run` with an error found while reading: what is stored cannot be trusted any more."""
        self._halted = error
        self._wake.set()

    async def run(self) -> None:
        """Make blocks until cancelled. A block runs without giving up the loop.

        Raises: whatever stops a chain; see `Producer.produce`.
        """
        while True:
            await self._until_due()
            if self._halted is not None:
                raise self._halted
            committed = self._sequencer.tick(time.monotonic_ns(), time.time_ns())
            if committed is not None:
                self.subscriptions.publish(committed)

    async def _until_due(self) -> None:
        """Wait for the next timer, or for a transaction that may change it; others run meanwhile."""
        wait_ns = self._sequencer.next_timer() - time.monotonic_ns()
        if wait_ns <= 0:
            await anyio.lowlevel.checkpoint()
            return
        self._wake = anyio.Event()
        with anyio.move_on_after(wait_ns / NANOSECONDS):
            await self._wake.wait()


def _first_block_at(producer: Producer) -> int:
    """Return when the first block is due on the monotonic clock: never before the genesis time."""
    return time.monotonic_ns() + max(producer.genesis.document.time_ns - time.time_ns(), 0)
