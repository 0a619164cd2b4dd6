"""The committed state of a chain whose application runs in another process."""

from qos.machine.abci import Info, QueryResult
from qos.machine.chain import Chain
from qos.machine.machine import Machine
from qos.store.multistore import MultiStore


class CommittedState:
    """Implements `ports.State` over a store opened to read only, for one thread. `reads` bounds one query.

    Call `follow` at least every few seconds, also when nobody asks: what is read holds back the reuse of pages.
    """

    def __init__(self, chain: Chain, store: MultiStore, reads: int) -> None:
        self._chain = chain
        self._store = store
        self._reads = reads
        self._machine = Machine(chain, store, query_reads=reads)

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        self.follow()
        return self._machine.info()

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer from the newest committed state. Raises: BudgetSpent."""
        self.follow()
        return self._machine.query(path, data, height, prove=prove)

    def follow(self) -> None:
        """Take over what was committed since."""
        if self._store.is_behind():
            self._store.refresh()
            self._machine = Machine(self._chain, self._store, query_reads=self._reads)
