"""A prepared version of all stores, and the rows that its commit writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qos.base.encoding import u64
from qos.store import layout, notes
from qos.store.backend import Pair, Puts
from qos.store.layout import Root

Operation = tuple[bytes, bytes | None]
"""Key and new value, or None to remove the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A prepared version of one tree.

    `rows` are to be appended, keys ascending; `orphans` are the keys of stored rows of which no node is part of it.
    """

    root: Root
    rows: Sequence[Pair]
    orphans: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A version in memory: the sorted operations and changed trees by store name, all roots, the app hash."""

    version: int
    operations: Mapping[str, list[Operation]]
    changes: Mapping[str, Change]
    roots: Mapping[str, Root]
    app_hash: bytes
    note: bytes


def puts_of(prepared: Prepared, latest: layout.Latest, ids: Mapping[str, int]) -> list[Puts]:
    """Return the steps that write the version and make it the latest; what goes is said by `pruning`."""
    at = u64(prepared.version)
    prefixes = {name: layout.store_prefix(ids[name]) for name in sorted(ids, key=ids.__getitem__)}
    roots = [(prefix + at, layout.root_row(prepared.roots[name])) for name, prefix in prefixes.items()]
    orphans = [
        row
        for name, change in prepared.changes.items()
        for row in layout.orphan_rows(prefixes[name], prepared.version, change.orphans)
    ]
    hashes = {name: root.hash for name, root in prepared.roots.items()}
    return [
        *(
            Puts(table=layout.nodes_table(ids[name]), pairs=change.rows, append=True)
            for name, change in prepared.changes.items()
        ),
        Puts(table=layout.ROOTS, pairs=roots),
        Puts(table=layout.ORPHANS, pairs=orphans),
        Puts(table=layout.COMMIT, pairs=[(at, layout.commit_row(hashes))]),
        notes.put(prepared.version, prepared.note),
        Puts(table=layout.META, pairs=[(layout.LATEST, latest.row())]),
    ]
