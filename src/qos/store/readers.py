"""Readers of committed state: the latest version through the trees that go on with it, any kept one as stored."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from types import TracebackType

from qos_native import Nodes, Tree

from qos.base.encoding import u64
from qos.store import layout, notes
from qos.store.backend import Snapshot
from qos.store.errors import StoreDamaged, UnknownStore, UnknownVersion

RECENT_KEPT = 65_536
"""How many values the latest reader remembers: a transaction's keys are read when checked and when executed."""

RECENT_BYTES = 1_024
"""How long a value may be to be remembered: longer ones are rare, and thousands of the longest would fill a machine."""

VACANT_KEPT = 32
"""How many ranges of a store without a pair are remembered: the queues that every block looks into."""

Span = tuple[bytes, bytes | None]


class LatestReader:
    """The committed state the trees stand at; follows them from commit to commit.

    What a key has, a value or nothing, is remembered and kept right by `written`; so is, by `filled`, that a range
    holds nothing.
    """

    __slots__ = ("_prefixes", "_recent", "_trees", "_vacant")

    def __init__(self, trees: Mapping[str, Tree], prefixes: Mapping[str, bytes]) -> None:
        """`prefixes` are what stands before a store's keys where the keys of all stores meet."""
        self._trees = trees
        self._prefixes = prefixes
        self._recent: dict[bytes, bytes | None] = {}
        self._vacant: dict[str, dict[Span, None]] = {name: {} for name in trees}

    def get(self, store: str, key: bytes) -> bytes | None:
        """Return the value, or None. Raises: UnknownStore, StoreDamaged."""
        prefix = self._prefixes.get(store)
        if prefix is None:
            raise UnknownStore(store)
        prefixed = prefix + key
        try:
            return self._recent[prefixed]
        except KeyError:
            return self._remembered(prefixed, self._trees[store].find(key))

    def _remembered(self, prefixed: bytes, value: bytes | None) -> bytes | None:
        if value is not None and len(value) > RECENT_BYTES:
            self._recent.pop(prefixed, None)
            return value
        if len(self._recent) >= RECENT_KEPT:
            self._recent.clear()
        self._recent[prefixed] = value
        return value

    def written(self, prefixed: bytes, value: bytes | None) -> None:
        """Take over a committed value, under its store's prefix and its key; None when the key was removed."""
        self._remembered(prefixed, value)

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Return the pairs with start <= key < end from the tree. Raises: UnknownStore, StoreDamaged."""
        tree = self._trees.get(store)
        if tree is None:
            raise UnknownStore(store)
        vacant = self._vacant[store]
        if (start, end) in vacant:
            return iter(())
        pairs = tree.pairs(start, end, reverse=reverse)
        first = next(pairs, None)
        if first is not None:
            return chain((first,), pairs)
        if len(vacant) >= VACANT_KEPT:
            vacant.clear()
        vacant[start, end] = None
        return iter(())

    def filled(self, store: str, operations: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Take over that these keys of a store were written or removed; they are in order."""
        vacant = self._vacant[store]
        for start, end in tuple(vacant):
            at = bisect_left(operations, start, key=itemgetter(0))
            if at < len(operations) and (end is None or operations[at][0] < end):
                del vacant[start, end]


class VersionReader:
    """One kept version behind a snapshot of its own; close it soon, it holds back the reuse of pages.

    Raises: UnknownVersion when the version is not kept.
    """

    __slots__ = ("_ids", "_latest", "_roots", "_snapshot", "roots", "version")

    def __init__(self, snapshot: Snapshot, ids: Mapping[str, int], version: int) -> None:
        latest = layout.read_latest(snapshot.getter(layout.META)(layout.LATEST))
        if latest is None or not latest.oldest <= version <= latest.version:
            oldest, newest = (latest.oldest, latest.version) if latest else (0, 0)
            raise UnknownVersion(version, oldest, newest)
        self._snapshot = snapshot
        self._ids = ids
        self._latest = latest
        self._roots: dict[str, tuple[Nodes, bytes]] = {}
        self.version = version
        self.roots = self._read_roots()

    def _read_roots(self) -> dict[str, bytes]:
        """Root hash by store name."""
        roots = layout.read_commit(self._snapshot.getter(layout.COMMIT)(u64(self.version)))
        if self.version == self._latest.version and layout.app_hash_of(roots) != self._latest.app_hash:
            raise StoreDamaged("the newest commit is not that of the newest app hash")
        return roots

    def note(self) -> bytes:
        """Return what was noted with the version. Raises: StoreDamaged."""
        return notes.read(self._snapshot, self.version)

    def tree(self, store: str) -> tuple[Nodes, bytes]:
        """Return the loader and the root's link of one store. Raises: UnknownStore, StoreDamaged."""
        found = self._roots.get(store)
        if found is not None:
            return found
        if store not in self._ids or store not in self.roots:
            raise UnknownStore(store)
        store_id = self._ids[store]
        nodes = Nodes(self._snapshot.getter(layout.nodes_table(store_id)))
        row = self._snapshot.getter(layout.ROOTS)(layout.store_prefix(store_id) + u64(self.version))
        root = layout.read_root(row)
        if root.hash != self.roots[store]:
            raise StoreDamaged(f"the root row of store {store!r} at {self.version} is not the committed root")
        self._roots[store] = nodes, root.link
        return self._roots[store]

    def get(self, store: str, key: bytes) -> bytes | None:
        """Return the value, or None. Raises: UnknownStore, StoreDamaged."""
        nodes, root = self.tree(store)
        return nodes.find(root, key)

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs with start <= key < end. Raises: UnknownStore, StoreDamaged."""
        nodes, root = self.tree(store)
        return nodes.pairs(root, start, end, reverse=reverse)

    def close(self) -> None:
        """Give the snapshot back."""
        self._snapshot.close()

    def __enter__(self) -> "VersionReader":
        """Return the reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
