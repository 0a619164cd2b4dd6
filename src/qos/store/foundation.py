"""What a chain begins with when it is more than memory holds: sorted pairs, laid before the first version.

Nodes are stored as they come, of the version the first block will have. The row `foundation` of
the table `meta` is written last, so that a foundation stands whole or not at all:

    format u32, version u64, length-prefixed mark, length-prefixed voucher,
    then for each store its id (a byte), strands u32, link of the root; CRC-32

The mark says what was laid; an empty one that laying has begun. The voucher says what was found good over it, so that
nobody goes through all of it a second time. The first version is made of the foundation and, behind
it, the operations of the first block: the root is that of all pairs inserted one by one, the foundation's first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import qos_native

from qos.base.encoding import length_prefixed, read_uvarint, u32, u64
from qos.store import layout
from qos.store.backend import Backend, Clear, Deletes, Pair, Puts, Snapshot, Step
from qos.store.commits import Prepared
from qos.store.layout import Root
from qos.store.node import LINK_BYTES

PAIRS_A_WRITE = 100_000
"""About 50 MB of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to lay: `mark` names it; `tables` are store names, by store id, and the pairs of each in order of key."""

    mark: bytes
    version: int
    tables: Sequence[tuple[str, Iterator[Pair]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidTree:
    """The tree of one store: its root and how many strands it has."""

    root: Root
    strands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What was laid: trees by store id."""

    mark: bytes
    voucher: bytes
    version: int
    trees: Mapping[int, LaidTree]

    def row(self) -> bytes:
        """Serialise."""
        trees = [bytes((store_id,)) + u32(tree.strands) + tree.root.link for store_id, tree in self.trees.items()]
        return layout.opening_row(u64(self.version) + length_prefixed(self.mark, self.voucher) + b"".join(trees))


def read(snapshot: Snapshot) -> Foundation | None:
    """Return what was laid, or None. Raises: StoreDamaged; StoreError for another format."""
    row = snapshot.getter(layout.META)(layout.FOUNDATION)
    if row is None:
        return None
    body = layout.read_opening(row, "the row of the foundation")
    length, at = read_uvarint(body, 8)
    mark = body[at : at + length]
    more, behind = read_uvarint(body, at + length)
    voucher = body[behind : behind + more]
    trees = {}
    for start in range(behind + more, len(body), 5 + LINK_BYTES):
        root = Root(link=body[start + 5 : start + 5 + LINK_BYTES])
        trees[body[start]] = LaidTree(root=root, strands=int.from_bytes(body[start + 1 : start + 5], "big"))
    return Foundation(mark=mark, voucher=voucher, version=int.from_bytes(body[:8], "big"), trees=trees)


def put(laid: Foundation) -> Puts:
    """Return the step that writes the row."""
    return Puts(table=layout.META, pairs=[(layout.FOUNDATION, laid.row())])


def cleared(ids: Mapping[str, int]) -> list[Step]:
    """Return the steps that take away what was laid, whole or not."""
    tables = [layout.nodes_table(store_id) for store_id in sorted(ids.values())]
    return [*(Clear(table=table) for table in tables), Deletes(table=layout.META, keys=[layout.FOUNDATION])]


def lay(backend: Backend, ids: Mapping[str, int], plan: Plan, *, pairs_a_write: int = PAIRS_A_WRITE) -> None:
    """Lay what a plan says in place of what was laid before.

    Raises: ValueError when stores or keys are out of order; what the plan's iterators raise; StoreError.
    """
    begun = Foundation(mark=b"", voucher=b"", version=plan.version, trees={})
    backend.write([*cleared(ids), put(begun)])
    trees: dict[int, LaidTree] = {}
    for name, pairs in plan.tables:
        store_id = ids[name]
        if any(store_id <= other for other in trees):
            raise ValueError(f"store {name!r} is out of order")
        tree = _laid(backend, store_id, plan.version, pairs, pairs_a_write)
        if tree.root.link:
            trees[store_id] = tree
    backend.write([put(replace(begun, mark=plan.mark, trees=trees))])


def _laid(backend: Backend, store_id: int, version: int, pairs: Iterator[Pair], pairs_a_write: int) -> LaidTree:
    """Store the tree of the pairs of one store, a part at a time."""
    tree = qos_native.Foundation(version)
    last = b""
    while part := list(islice(pairs, pairs_a_write)):
        for key, value in part:
            if key <= last:
                raise ValueError(f"key {key.hex()} does not follow the one before")
            last = key
            tree.append(key, value)
        _write(backend, store_id, tree)
    link = tree.finish()
    _write(backend, store_id, tree)
    return LaidTree(root=Root(link=link), strands=tree.strands)


def _write(backend: Backend, store_id: int, tree: qos_native.Foundation) -> None:
    backend.write([Puts(table=layout.nodes_table(store_id), pairs=tree.taken(), append=True)])


def settled(prepared: Prepared, ids: Mapping[str, int]) -> tuple[Prepared, list[Step]]:
    """Return the first version without the nodes it replaces, and the steps by which these and the row go.

    Such nodes are of a foundation, and of no version that anybody can ask for.
    """
    replaced: list[Step] = [
        Deletes(table=layout.nodes_table(ids[name]), keys=sorted(change.orphans))
        for name, change in prepared.changes.items()
    ]
    changes = {name: replace(change, orphans=()) for name, change in prepared.changes.items()}
    return replace(prepared, changes=changes), [*replaced, Deletes(table=layout.META, keys=[layout.FOUNDATION])]
