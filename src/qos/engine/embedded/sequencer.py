"""One chain without event loop: transactions in, time in, blocks out. Everything takes the time as argument.

The node's loop drives it with the machine's clock, a test with numbers of its own.
"""

from collections.abc import Sequence

from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.evidence_pool import EvidencePool
from qos.engine.embedded.producer import Producer
from qos.engine.embedded.schedule import Schedule
from qos.engine.mempool import Mempool
from qos.engine.waiting import Waiting
from qos.machine.abci import CheckResult


class Sequencer:
    """Mempool, evidence, schedule and producer of one chain. Not to be used again once `tick` raised."""

    def __init__(self, *, producer: Producer, mempool: Mempool, evidence: EvidencePool, schedule: Schedule) -> None:
        self.producer = producer
        self.mempool = mempool
        self.evidence = evidence
        self._schedule = schedule

    def submit(self, tx: bytes) -> CheckResult:
        """Check a transaction and let it wait for a block; a code other than 0 says why it does not."""
        result = self.mempool.submit(tx)
        if not result.code:
            self._schedule.receive_transactions()
        return result

    def next_timer(self) -> int:
        """Return when `tick` makes the next block, in nanoseconds of the clock given to `tick`."""
        return self._schedule.next_timer()

    def tick(self, now_ns: int, time_ns: int) -> CommittedBlock | None:
        """Make the block that is due. `now_ns` never goes back; `time_ns` is the time since 1970.

        Raises: as `Producer.produce`.
        """
        if now_ns < self._schedule.next_timer():
            return None
        offered = self._candidates(now_ns)
        proven = self.evidence.waiting()
        committed = self.producer.produce(time_ns, [entry.tx for entry in offered], proven)
        self.evidence.committed(proven)
        txs = committed.block.data.txs
        self.mempool.committed(txs, committed.height, offered)
        self._schedule.receive_block(now_ns, transactions=len(txs), are_waiting=self.mempool.has_candidates())
        return committed

    def _candidates(self, now_ns: int) -> Sequence[Waiting]:
        if not len(self.mempool) or not self._schedule.takes_transactions(now_ns):
            return ()
        return self.mempool.candidates()
