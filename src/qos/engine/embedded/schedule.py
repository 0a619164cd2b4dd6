"""When to make a block.

- Transactions wait: at once, but not sooner than `min_interval_ms` after the last block that held some.
- A block with transactions is followed `proof_after_ms` later by another, so that its state can be proved; one that
  comes too soon for the next transactions is empty and starts nothing.
- Nothing happens: an empty block `heartbeat_ms` after the last one.

So `min_interval_ms` 0 is a chain on demand, 200 collects transactions for a moment, and 1 000 gives blocks of 1 s. With
`proof_after_ms` 0 a state can be proved at once; with the minimal interval, a busy chain makes no empty blocks.
"""

from dataclasses import dataclass
from typing import Final

from qos.base.blocktime import MILLISECOND_NS

MAX_HEARTBEAT_MS: Final = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """The intervals, in milliseconds. Raises: ValueError when they contradict each other."""

    min_interval_ms: int = 0
    heartbeat_ms: int = 1_000
    proof_after_ms: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.heartbeat_ms <= MAX_HEARTBEAT_MS or not 0 <= self.min_interval_ms <= self.heartbeat_ms:
            raise ValueError(f"need 0 <= min_interval_ms <= heartbeat_ms <= {MAX_HEARTBEAT_MS}, heartbeat_ms >= 1")
        if not 0 <= self.proof_after_ms <= self.heartbeat_ms:
            raise ValueError("need 0 <= proof_after_ms <= heartbeat_ms")


class Schedule:
    """Decides from times alone. Times are nanoseconds of one clock that never goes back."""

    def __init__(self, config: ScheduleConfig, start_ns: int) -> None:
        """Nothing is due before `start_ns`."""
        self._min_interval_ns = config.min_interval_ms * MILLISECOND_NS
        self._heartbeat_ns = config.heartbeat_ms * MILLISECOND_NS
        self._proof_after_ns = config.proof_after_ms * MILLISECOND_NS
        self._empty_at = start_ns
        self._transactions_from = start_ns
        self._are_waiting = False

    def receive_transactions(self) -> None:
        """Learn that transactions wait."""
        self._are_waiting = True

    def next_timer(self) -> int:
        """Return when the next block is due."""
        return min(self._empty_at, self._transactions_from) if self._are_waiting else self._empty_at

    def takes_transactions(self, now_ns: int) -> bool:
        """Tell whether a block made now may hold transactions."""
        return now_ns >= self._transactions_from

    def receive_block(self, now_ns: int, *, transactions: int, are_waiting: bool) -> None:
        """Learn that a block was made with so many transactions, and whether more wait."""
        tried_in_vain = self._are_waiting and not transactions and self.takes_transactions(now_ns)
        self._are_waiting = are_waiting
        if transactions:
            self._transactions_from = now_ns + self._min_interval_ns
            self._empty_at = now_ns + self._proof_after_ns
            return
        self._empty_at = now_ns + self._heartbeat_ns
        if tried_in_vain:
            # What waits but fits no block must not make empty blocks without pause.
            self._transactions_from = self._empty_at
