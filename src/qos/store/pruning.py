"""Which rows go when versions leave the window; dead strands wait, that many go from a page at once.

Strands die all over the node table, and to delete one LMDB writes its page anew; it takes the room of a page back only
when less than a quarter of it is used, so that deleting early would gain hardly any. Dead strands are sorted into
buckets by the chunk of the table they lie in, and each block deletes one bucket: a page is written anew once in 256
blocks (ADR 0045). The orphan lists stay until their strands are gone, so that a restart can fill the buckets again
(deleting twice does no harm).
"""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import count

from qos_native import Dead

from qos.base.encoding import u64
from qos.store import layout, notes
from qos.store.backend import Deletes, Getter, Pair, Snapshot

BUCKETS = 256


class Pruning:
    """The dead strands of one store that are still stored."""

    __slots__ = ("_dead", "_lists", "_table")

    def __init__(self, table: str) -> None:
        self._table = table
        self._dead = Dead(BUCKETS)
        self._lists: deque[tuple[int, bytes]] = deque()

    def expire(self, version: int, row_key: bytes, refs: bytes) -> None:
        """Take the refs of one orphan list, from the commit of `version` on; its row goes last.

        Versions do not descend from one call to the next.
        """
        self._dead.add(refs)
        self._lists.append((version + BUCKETS, row_key))

    def take(self, version: int) -> tuple[Deletes, list[bytes]]:
        """Return the deletes of this commit and the orphan rows that are done with."""
        done: list[bytes] = []
        while self._lists and self._lists[0][0] <= version:
            done.append(self._lists.popleft()[1])
        return Deletes(table=self._table, keys=self._dead.take(version)), done


class Window:
    """The kept versions of all stores."""

    __slots__ = ("_prefixes", "_prunings")

    def __init__(self, ids: Mapping[str, int], snapshot: Snapshot, latest: layout.Latest | None) -> None:
        """Sort what the orphan lists behind the window name into buckets. Raises: StoreDamaged."""
        stores = sorted(ids.values())
        self._prefixes = [layout.store_prefix(store_id) for store_id in stores]
        self._prunings = {layout.store_prefix(store_id): Pruning(layout.nodes_table(store_id)) for store_id in stores}
        if latest is not None:
            for row_key, row in snapshot.rows(layout.ORPHANS):
                pruning = self._prunings.get(row_key[:1])
                if pruning is not None and row_key[1:9] <= u64(latest.oldest):
                    pruning.expire(latest.version + 1, row_key, layout.refs_of(row))

    def steps(self, old: layout.Latest | None, new: layout.Latest, get_orphans: Getter) -> list[Deletes]:
        """Return what the commit of `new` deletes. Raises: StoreDamaged."""
        gone = range(new.oldest if old is None else old.oldest, new.oldest)
        steps: list[Deletes] = []
        done: list[bytes] = []
        for prefix in self._prefixes:
            pruning = self._prunings[prefix]
            for version in gone:
                # What a version replaced is dead once all versions before it are gone.
                for row_key, row in _orphans(get_orphans, prefix, version + 1):
                    pruning.expire(new.version, row_key, layout.refs_of(row))
            nodes, rows = pruning.take(new.version)
            steps.append(nodes)
            done += rows
        return [
            *steps,
            Deletes(table=layout.ORPHANS, keys=done),
            Deletes(table=layout.ROOTS, keys=[prefix + u64(version) for prefix in self._prefixes for version in gone]),
            Deletes(table=layout.COMMIT, keys=[u64(version) for version in gone]),
            notes.delete(gone),
        ]


def _orphans(get: Getter, prefix: bytes, version: int) -> Iterator[Pair]:
    """Yield the rows of a version's orphan list."""
    for part in count():
        row_key = layout.orphan_key(prefix, version, part)
        row = get(row_key)
        if row is None:
            return
        yield row_key, row
