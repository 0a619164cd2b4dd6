"""What the multistore needs from a key-value engine: consistent reads and one atomic write.

Tables and keys are raw bytes here; the layout is said in `layout`.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

Getter = Callable[[bytes], bytes | None]
Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Puts:
    """Pairs for one table, ascending. `append`: every key lies behind all keys of the table."""

    table: str
    pairs: Collection[Pair]
    append: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletes:
    """Keys to remove from one table, ascending; absent ones are ignored."""

    table: str
    keys: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """Empties one table."""

    table: str


Step = Puts | Deletes | Clear


class Snapshot(Protocol):
    """One committed state of all tables, for one thread at a time."""

    def getter(self, table: str) -> Getter:
        """Return the function that reads one table. Raises (the function): StoreDamaged."""
        ...

    def rows(self, table: str) -> Iterator[Pair]:
        """Yield all pairs of a small table in key order."""
        ...

    def renew(self) -> None:
        """Move to the latest committed state; getters stay good."""
        ...

    def close(self) -> None:
        """Give the snapshot back; reading it afterwards is an error."""
        ...


class Backend(Protocol):
    """A set of ordered tables with atomic writes."""

    def snapshot(self) -> Snapshot:
        """Open the latest committed state."""
        ...

    def write(self, steps: Sequence[Step]) -> None:
        """Do all steps in order, durably, or nothing."""
        ...

    def close(self) -> None:
        """Release files and locks."""
        ...
