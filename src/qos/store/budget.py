"""A reader that gives up after a number of reads, so that who shares a thread with block making can hand work on."""

from collections.abc import Iterator

from qos.base.errors import QosError
from qos.store.overlay import Reader


class BudgetSpent(QosError):
    """A query reads more than it may here; whoever has time asks again at `height` without a budget."""

    def __init__(self, height: int, reads: int) -> None:
        super().__init__(f"the query at {height} needs more than {reads} reads: ask for a smaller page")
        self.height = height
        self.reads = reads


class BudgetReader:
    """Implements `Reader` over another one; every value and every pair of a scan is one read."""

    __slots__ = ("_height", "_left", "_reader", "_reads")

    def __init__(self, reader: Reader, height: int, reads: int) -> None:
        self._reader = reader
        self._height = height
        self._reads = self._left = reads

    def get(self, store: str, key: bytes) -> bytes | None:
        """Return the value, or None. Raises: BudgetSpent, and what the reader raises."""
        self._spend()
        return self._reader.get(store, key)

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs with start <= key < end. Raises: BudgetSpent, and what the reader raises."""
        for pair in self._reader.scan(store, start, end, reverse=reverse):
            self._spend()
            yield pair

    def _spend(self) -> None:
        if not self._left:
            raise BudgetSpent(self._height, self._reads)
        self._left -= 1
