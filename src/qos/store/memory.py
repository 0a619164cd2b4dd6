"""The backend without a disk, for tests and virtual networks."""

from collections.abc import Iterator, Sequence

from qos.store.backend import Clear, Getter, Pair, Puts, Step


class MemorySnapshot:
    """The live tables: a block committed later is seen, and what it prunes is gone."""

    __slots__ = ("_tables",)

    def __init__(self, tables: dict[str, dict[bytes, bytes]]) -> None:
        self._tables = tables

    def getter(self, table: str) -> Getter:
        """Return the lookup of one table."""
        return self._tables.setdefault(table, {}).get

    def rows(self, table: str) -> Iterator[Pair]:
        """Yield all pairs in key order."""
        return iter(sorted(self._tables.get(table, {}).items()))

    def renew(self) -> None:
        """Nothing to do: the tables are live."""

    def close(self) -> None:
        """Nothing is held."""


class MemoryBackend:
    """Tables as dicts; atomic because nothing can interrupt a write."""

    __slots__ = ("tables",)

    def __init__(self) -> None:
        self.tables: dict[str, dict[bytes, bytes]] = {}

    def snapshot(self) -> MemorySnapshot:
        """Open the live tables."""
        return MemorySnapshot(self.tables)

    def write(self, steps: Sequence[Step]) -> None:
        """Do all steps in order."""
        for step in steps:
            table = self.tables.setdefault(step.table, {})
            if isinstance(step, Puts):
                table.update(step.pairs)
            elif isinstance(step, Clear):
                table.clear()
            else:
                for key in step.keys:
                    table.pop(key, None)

    def close(self) -> None:
        """Nothing is held."""
