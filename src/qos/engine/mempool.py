"""Transactions that wait: first in, first out, bounded, checked again after every block."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from qos.base.errors import RuleViolation
from qos.machine.abci import Application, CheckResult
from qos.machine.errors import MempoolFull, TxInMempool

_ADDED_BYTES: Final = 8
"""What a transaction takes in a block beside its own bytes, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MempoolLimits:
    """How much may wait (F2). `seen` is the number of hashes remembered to refuse what was handled already."""

    transactions: int = 5_000
    size_bytes: int = 64 * 1024 * 1024
    per_sender: int = 16
    seen: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A transaction in the mempool and who signed it first."""

    tx: bytes
    sender: bytes


class Mempool:
    """Waiting transactions of one chain, keyed by SHA-256, in order of arrival."""

    def __init__(self, application: Application, limits: MempoolLimits) -> None:
        self._application = application
        self._limits = limits
        self._waiting: dict[bytes, Waiting] = {}
        self._per_sender: dict[bytes, int] = {}
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, tx: bytes) -> CheckResult:
        """Check a transaction and let it wait; a code other than 0 says why it does not.

        What waits or was handled lately answers TxInMempool. A sender with too many waiting, or a full mempool,
        answers MempoolFull: such a transaction may be sent again after the next block.
        """
        key = sha256(tx).digest()
        if key in self._waiting or key in self._seen:
            return _refused(TxInMempool("tx already exists in cache"))
        if self._is_full_for(tx):
            return _refused(MempoolFull(f"mempool is full: {len(self)} transactions, {self.size_bytes} bytes wait"))
        result = self._application.check_tx(tx)
        if result.code:
            return result
        if self._per_sender.get(result.sender, 0) >= self._limits.per_sender:
            return _refused(
                MempoolFull(f"mempool is full for this sender: {self._limits.per_sender} transactions wait already")
            )
        self._add(key, Waiting(tx=tx, sender=result.sender))
        return result

    def check(self, tx: bytes) -> CheckResult:
        """Check a transaction without letting it wait."""
        return self._application.check_tx(tx)

    def waiting(self, limit: int) -> tuple[bytes, ...]:
        """Return the first `limit` waiting transactions."""
        return tuple(entry.tx for _, entry in zip(range(limit), self._waiting.values(), strict=False))

    def proposal(self, max_bytes: int) -> list[bytes]:
        """Return transactions in order of arrival that may fit into `max_bytes` of a block."""
        chosen: list[bytes] = []
        size = 0
        for entry in self._waiting.values():
            size += len(entry.tx) + _ADDED_BYTES
            if size > max_bytes:
                break
            chosen.append(entry.tx)
        return chosen

    def committed(self, txs: Sequence[bytes]) -> None:
        """Forget what a block holds and check again what still waits; what fails now is dropped."""
        for tx in txs:
            key = sha256(tx).digest()
            self._drop(key)
            self._remember(key)
        for key, entry in list(self._waiting.items()):
            if self._application.check_tx(entry.tx, recheck=True).code:
                self._drop(key)

    def _is_full_for(self, tx: bytes) -> bool:
        limits = self._limits
        return len(self) >= limits.transactions or self.size_bytes + len(tx) > limits.size_bytes

    def _add(self, key: bytes, entry: Waiting) -> None:
        self._waiting[key] = entry
        self.size_bytes += len(entry.tx)
        self._per_sender[entry.sender] = self._per_sender.get(entry.sender, 0) + 1

    def _drop(self, key: bytes) -> None:
        entry = self._waiting.pop(key, None)
        if entry is None:
            return
        self.size_bytes -= len(entry.tx)
        left = self._per_sender.pop(entry.sender) - 1
        if left:
            self._per_sender[entry.sender] = left

    def _remember(self, key: bytes) -> None:
        self._seen[key] = None
        if len(self._seen) > self._limits.seen:
            self._seen.popitem(last=False)


def _refused(error: RuleViolation) -> CheckResult:
    return CheckResult(
        code=error.number,
        codespace=error.codespace,
        log=str(error),
        gas_wanted=0,
        gas_used=0,
        sender=b"",
        sequence=0,
    )
