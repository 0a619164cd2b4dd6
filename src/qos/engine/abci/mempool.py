"""The lines of senders beside an engine that keeps a mempool of its own.

CometBFT's holds transactions in order of arrival and knows no sender. So that one sender may have several waiting
(F2) and a block takes the best-paying first, the application remembers what it let in. What the engine holds and
what is remembered here differ in two ways, and both mend themselves:

- What is dropped here (replaced by a dearer one, spoilt by a block) stays there until the engine checks it again.
- What the engine lost (its own limit, a restart) is remembered here until it checks again and does not ask for it.
"""

from hashlib import sha256

from qos.engine.mempool import Mempool, MempoolLimits
from qos.engine.waiting import Waiting
from qos.machine.abci import Application, CheckResult


class EngineMempool:
    """Answers CheckTx, and offers what waits for a proposal. `restart` comes before the first transaction."""

    def __init__(self, application: Application, limits: MempoolLimits) -> None:
        self._application = application
        self._limits = limits
        self._pool: Mempool | None = None
        self._missing: dict[bytes, None] = {}
        self._is_rechecking = False
        self._offered: list[Waiting] = []

    def __len__(self) -> int:
        return 0 if self._pool is None else len(self._pool)

    @property
    def size_bytes(self) -> int:
        """Bytes of all that waits."""
        return 0 if self._pool is None else self._pool.size_bytes

    def restart(self) -> None:
        """Forget all: the engine began anew, with nothing waiting. The chain has a state by then."""
        self._pool = Mempool(self._application, self._limits)
        self._missing = {}
        self._is_rechecking = False
        self._offered = []

    def check(self, tx: bytes) -> CheckResult:
        """Decide about a transaction that is new to the engine."""
        assert self._pool is not None
        if self._is_rechecking:
            self._is_rechecking = False
            self._forget_missing(self._pool)
        return _decided(self._pool, sha256(tx).digest(), tx)

    def recheck(self, tx: bytes) -> CheckResult:
        """Decide about a transaction the engine holds: what a block spoilt was found when it was committed."""
        assert self._pool is not None
        self._is_rechecking = True
        key = sha256(tx).digest()
        self._missing.pop(key, None)
        return _decided(self._pool, key, tx)

    def candidates(self, offered: tuple[bytes, ...]) -> list[bytes]:
        """Return what may be in the next block: what waits here, then what only the engine holds."""
        pool = self._pool
        if pool is None:
            return list(offered)
        self._offered = pool.candidates()
        only_there = [tx for tx in offered if pool.find(sha256(tx).digest()) is None]
        return [*(entry.tx for entry in self._offered), *only_there]

    def committed(self, txs: tuple[bytes, ...], height: int) -> None:
        """Forget what the block of a height holds and what it spoilt."""
        if self._pool is None:
            return
        self._pool.committed(txs, height, self._offered)
        self._offered = []
        self._missing = dict.fromkeys(self._pool.keys())
        self._is_rechecking = False

    def _forget_missing(self, pool: Mempool) -> None:
        """Drop what the engine did not ask for again behind the last block."""
        for key in self._missing:
            pool.drop(key)
        self._missing = {}


def _decided(pool: Mempool, key: bytes, tx: bytes) -> CheckResult:
    entry = pool.find(key)
    if entry is None:
        return pool.submit_new(key, tx)
    return CheckResult(code=0, gas_wanted=entry.terms.gas_limit, terms=entry.terms)
