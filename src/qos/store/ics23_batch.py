"""ICS-23 compressed batch proofs: existence proofs of one tree that name each step they share once.

Neighbouring keys share nearly all steps, so that a proof of 64 keys has a tenth of the bytes of 64 proofs, and
verifying hashes each shared node once. What is proven is the same: every key has its own leaf and all its steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qos.base.encoding import read_uvarint, uvarint
from qos.store.ics23 import (
    BadProof,
    InnerOp,
    LeafOp,
    ProofSpec,
    apply_inner,
    apply_leaf,
)
from qos.store.ics23_codec import (
    MAX_PROOF_BYTES,
    bytes_field,
    encode_inner,
    existence_fields,
    message_field,
    read_existence,
    read_inner,
    repeated,
    taken,
)
from qos.store.ics23_verify import branch_check, check_depth, leaf_check, step_check

_ONE_BYTE = 0x80
"""Varints below are one byte: nearly all places are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One existence proof of a batch; `path` names steps of the batch from the leaf upwards."""

    key: bytes
    value: bytes
    leaf: LeafOp
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Existence proofs with their steps, which stand in the order of their first use."""

    entries: tuple[Entry, ...]
    steps: tuple[InnerOp, ...]


def encode_batch(batch: Batch) -> bytes:
    """Serialise a batch as a `CommitmentProof` of the compressed form."""
    entries = [message_field(1, message_field(1, _encode_entry(each))) for each in batch.entries]
    steps = [message_field(2, encode_inner(step)) for step in batch.steps]
    return message_field(4, b"".join([*entries, *steps]))


def _encode_entry(entry: Entry) -> bytes:
    return existence_fields(entry.key, entry.value, entry.leaf, bytes_field(4, _written(entry.path)))


def decode_batch(data: bytes) -> Batch:
    """Read a batch. Raises: BadProof unless the bytes are the one encoding of a batch that uses each of its steps."""
    if len(data) > MAX_PROOF_BYTES:
        raise BadProof(f"proof has {len(data)} bytes")
    try:
        batch = _decode(data)
    except ValueError as error:
        raise BadProof(f"malformed proof: {error}") from None
    _check_places(batch)
    if encode_batch(batch) != data:
        raise BadProof("proof is not in its canonical encoding")
    return batch


def _decode(data: bytes) -> Batch:
    body = _only(data, 4)
    entries, at = repeated(body, 0, 1)
    steps, at = repeated(body, at, 2)
    if at != len(body):
        raise BadProof("a batch is proofs and steps")
    return Batch(
        entries=tuple([_decode_entry(_only(raw, 1)) for raw in entries]),
        steps=tuple([read_inner(raw) for raw in steps]),
    )


def _only(data: bytes, tag: int) -> bytes:
    """Return the body of a message that has one field."""
    body, end = taken(data, 0, tag)
    if not end or end != len(data):
        raise BadProof("not a compressed batch of existence proofs")
    return body


def _decode_entry(data: bytes) -> Entry:
    key, value, leaf, paths = read_existence(data)
    if leaf is None:
        raise BadProof("an existence proof needs a leaf")
    if len(paths) > 1:
        raise BadProof(f"{len(paths)} paths in place of one")
    return Entry(key=key, value=value, leaf=leaf, path=_places(paths[0]) if paths else ())


def _written(path: tuple[int, ...]) -> bytes:
    if path and max(path) < _ONE_BYTE:
        return bytes(path)
    return b"".join([uvarint(place) for place in path])


def _places(data: bytes) -> tuple[int, ...]:
    if data.isascii():
        return tuple(data)
    found: list[int] = []
    at = 0
    while at < len(data):
        place, at = (data[at], at + 1) if data[at] < _ONE_BYTE else read_uvarint(data, at)
        found.append(place)
    return tuple(found)


def _check_places(batch: Batch) -> None:
    """Refuse steps that are not there, not used, not in the order of their first use, or there twice."""
    known = 0
    for entry in batch.entries:
        for place in entry.path:
            if place > known:
                raise BadProof(f"step {place} is named before step {known}")
            known += place == known
    if known != len(batch.steps) or len(set(batch.steps)) != known:
        raise BadProof(f"{len(batch.steps)} steps, of which {known} are used")


def singles(batch: Batch) -> tuple[bytes, ...]:
    """Return every proof of a batch for itself, serialised as a `CommitmentProof`."""
    steps = [message_field(4, encode_inner(step)) for step in batch.steps]
    return tuple([message_field(1, _encode_single(entry, steps)) for entry in batch.entries])


def _encode_single(entry: Entry, steps: Sequence[bytes]) -> bytes:
    path = b"".join([steps[place] for place in entry.path])
    return existence_fields(entry.key, entry.value, entry.leaf, path)


def verified_values(batch: Batch, spec: ProofSpec, root: bytes, keys: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the values a batch shows under the first of these keys, as many as it has, below a root.

    Raises: BadProof.
    """
    if not root or not all(keys):
        raise BadProof("an empty root or key proves nothing")
    found = tuple([entry.key for entry in batch.entries])
    if not found or found != tuple(keys[: len(found)]):
        raise BadProof("the proof is for other keys")
    ladder = _Ladder(batch.steps, spec)
    check_leaf = leaf_check(spec)
    for entry in batch.entries:
        check_leaf(entry.leaf)
        check_depth(len(entry.path), spec)
        if ladder.climb(apply_leaf(entry.leaf, entry.key, entry.value), entry.path) != root:
            raise BadProof("the proof leads to another root")
    return tuple([entry.value for entry in batch.entries])


class _Ladder:
    """The steps of a batch: one taken from the same child at the same layer is checked and hashed once."""

    def __init__(self, steps: Sequence[InnerOp], spec: ProofSpec) -> None:
        self._steps = steps
        self._check_step, self._check_branch = step_check(spec), branch_check(spec.inner)
        self._climbed: dict[tuple[int, bytes, tuple[int, ...]], bytes] = {}

    def climb(self, leaf_hash: bytes, path: tuple[int, ...]) -> bytes:
        """Return the hash at the end of a path. Raises: BadProof."""
        current = leaf_hash
        ways: list[tuple[int, bytes, tuple[int, ...]]] = []
        end = None
        for layer, place in enumerate(path, start=1):
            # Whoever comes to the same child at the same layer with the same steps before it ends where another did.
            way = (layer, current, path[layer - 1 :])
            end = self._climbed.get(way)
            if end is not None:
                break
            ways.append(way)
            step = self._steps[place]
            self._check_step(step, layer)
            self._check_branch(step)
            current = apply_inner(step, current)
        end = current if end is None else end
        self._climbed.update(dict.fromkeys(ways, end))
        return end
