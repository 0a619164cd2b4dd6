"""Ranges of a store: how one is asked for, proven with one proof and verified.

The proof shows that every pair is there, not that none is missing: whoever needs that asks for the missing key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qos_native import Nodes

from qos.base.encoding import length_prefixed, read_uvarint
from qos.store.ics23 import IAVL_SPEC, InnerOp
from qos.store.ics23_batch import Batch, Entry, decode_batch, encode_batch, singles, verified_values
from qos.store.proofs import inner_op, leaf_op, proven_root, store_operation
from qos.store.walk import Path, paths

MAX_PAIRS = 64
"""Pairs in one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The keys from `start` on and before `end`."""

    start: bytes
    end: bytes


def write_range(wanted: Range) -> bytes:
    """Return the bytes that ask for a range: both keys, each behind its length."""
    return length_prefixed(wanted.start, wanted.end)


def read_range(data: bytes) -> Range:
    """Read what `write_range` wrote. Raises: ValueError unless it is two keys, the first below the second."""
    length, at = read_uvarint(data)
    start, rest = data[at : at + length], data[at + length :]
    length, at = read_uvarint(rest)
    found = Range(start=start, end=rest[at:])
    if len(found.end) != length or not found.start or found.start >= found.end:
        raise ValueError("a range is two keys, each behind its length, the first below the second")
    return found


def prove_range(
    nodes: Nodes, root: bytes, roots: Mapping[str, bytes], *, store: str, wanted: Range
) -> tuple[bytes, bytes] | None:
    """Prove the first 64 pairs of a range in the tree below `root`; `roots` are all store roots of the version.

    Returns the operations of a `StoreProof`, the first for all pairs; None when the range is empty.
    Raises: StoreDamaged.
    """
    found = tuple(paths(nodes, root, wanted.start, wanted.end, limit=MAX_PAIRS))
    if not found:
        return None
    outer, _ = store_operation(tuple(roots.items()), store)
    return encode_batch(_batch(found)), outer


def _batch(found: Sequence[Path]) -> Batch:
    places: dict[tuple[bytes, bool], int] = {}
    operations: list[InnerOp] = []
    entries: list[Entry] = []
    for steps, leaf in found:
        path: list[int] = []
        for step in reversed(steps):
            place = places.setdefault((step.node.link, step.goes_left), len(operations))
            if place == len(operations):
                operations.append(inner_op(step))
            path.append(place)
        entries.append(Entry(key=leaf.key, value=leaf.value, leaf=leaf_op(leaf), path=tuple(path)))
    return Batch(entries=tuple(entries), steps=tuple(operations))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenPair:
    """A value shown to be there, and its own proof: the first operation of a `StoreProof`."""

    value: bytes
    operation: bytes


def proven_pairs(
    proof_ops: Sequence[bytes], app_hash: bytes, store: str, keys: Sequence[bytes]
) -> tuple[ProvenPair, ...]:
    """Return what the two operations show under the first of these keys of `store`, as many as they prove.

    Raises: BadProof when any part is malformed, missing, surplus, empty or wrong.
    """
    root = proven_root(proof_ops, app_hash, store)
    batch = decode_batch(proof_ops[0])
    values = verified_values(batch, IAVL_SPEC, root, keys)
    return tuple([ProvenPair(value=value, operation=each) for value, each in zip(values, singles(batch), strict=True)])
