"""The bytes of ICS-23 proofs (`cosmos.ics23.v1.CommitmentProof`), one encoding a proof.

Decoding is strict: unknown, repeated, reordered, default-valued or padded fields are refused, so no
byte of a proof is outside what is checked.
"""

from collections.abc import Iterator
from functools import lru_cache

from qos.base.encoding import read_uvarint
from qos.store.ics23 import (
    BadProof,
    CommitmentProof,
    ExistenceProof,
    HashOp,
    InnerOp,
    LeafOp,
    LengthOp,
    NonExistenceProof,
)
from qos.store.node import with_length

MAX_PROOF_BYTES = 1 << 21
CACHED_STEPS = 4_096
"""Steps kept decoded: proofs of neighbouring keys share nearly all of them."""
_LENGTH_DELIMITED = 2
_LONG = 0x80
_LONG_SIZE = b"\x80"
_FIRST_NUMBER = b"\x08"
_TAGS = tuple(bytes((tag << 3 | _LENGTH_DELIMITED,)) for tag in range(6))


def _number(tag: int, value: int) -> bytes:
    return bytes((tag << 3, value)) if value else b""


def bytes_field(tag: int, value: bytes) -> bytes:
    """Write a field of bytes; empty ones are left out."""
    return _TAGS[tag] + with_length(value) if value else b""


def message_field(tag: int, body: bytes) -> bytes:
    """Write a field that is a message."""
    return _TAGS[tag] + with_length(body)


def encode_leaf(leaf: LeafOp) -> bytes:
    """Serialise a leaf operation."""
    return (
        _number(1, leaf.hash)
        + _number(2, leaf.prehash_key)
        + _number(3, leaf.prehash_value)
        + _number(4, leaf.length)
        + bytes_field(5, leaf.prefix)
    )


@lru_cache(maxsize=CACHED_STEPS)
def encode_inner(step: InnerOp) -> bytes:
    """Serialise a step."""
    return _number(1, step.hash) + bytes_field(2, step.prefix) + bytes_field(3, step.suffix)


def existence_fields(key: bytes, value: bytes, leaf: LeafOp | None, path: bytes) -> bytes:
    """Serialise a proof of existence; `path` is its last fields as they are written."""
    written = b"" if leaf is None else message_field(3, encode_leaf(leaf))
    return bytes_field(1, key) + bytes_field(2, value) + written + path


def _encode_existence(proof: ExistenceProof) -> bytes:
    path = b"".join(message_field(4, encode_inner(step)) for step in proof.path)
    return existence_fields(proof.key, proof.value, proof.leaf, path)


def encode(proof: CommitmentProof) -> bytes:
    """Serialise a proof."""
    if isinstance(proof, ExistenceProof):
        return message_field(1, _encode_existence(proof))
    left = b"" if proof.left is None else message_field(2, _encode_existence(proof.left))
    right = b"" if proof.right is None else message_field(3, _encode_existence(proof.right))
    return message_field(2, bytes_field(1, proof.key) + left + right)


def decode(data: bytes) -> CommitmentProof:
    """Read a proof. Raises: BadProof unless the bytes are the one encoding of an (non-)existence proof."""
    if len(data) > MAX_PROOF_BYTES:
        raise BadProof(f"proof has {len(data)} bytes")
    try:
        proof = _decode(data)
    except ValueError as error:
        raise BadProof(f"malformed proof: {error}") from None
    if encode(proof) != data:
        raise BadProof("proof is not in its canonical encoding")
    return proof


def _decode(data: bytes) -> CommitmentProof:
    parts = list(fields(data))
    if len(parts) != 1:
        raise BadProof(f"{len(parts)} proofs in place of one")
    match parts[0]:
        case (1, bytes(body)):
            return _decode_existence(body)
        case (2, bytes(body)):
            return _decode_absence(body)
    raise BadProof("neither a proof of existence nor one of absence")


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (field number, value): an integer for a varint, bytes for what has a length."""
    at, size = 0, len(data)
    while at < size:
        # Nearly all are one byte long.
        key, at = (data[at], at + 1) if data[at] < _LONG else read_uvarint(data, at)
        value, at = (data[at], at + 1) if at < size and data[at] < _LONG else read_uvarint(data, at)
        if key & 7 == 0:
            yield key >> 3, value
        elif key & 7 == _LENGTH_DELIMITED:
            if at + value > len(data):
                raise BadProof("field is cut")
            yield key >> 3, data[at : at + value]
            at += value
        else:
            raise BadProof(f"wire type {key & 7}")


def _decode_absence(data: bytes) -> NonExistenceProof:
    key = b""
    left = right = None
    for part in fields(data):
        match part:
            case (1, bytes(raw)):
                key = raw
            case (2, bytes(raw)):
                left = _decode_existence(raw)
            case (3, bytes(raw)):
                right = _decode_existence(raw)
            case _:
                raise BadProof(f"unknown field {part[0]}")
    return NonExistenceProof(key=key, left=left, right=right)


def _decode_existence(data: bytes) -> ExistenceProof:
    key, value, leaf, path = read_existence(data)
    return ExistenceProof(key=key, value=value, leaf=leaf, path=tuple([read_inner(raw) for raw in path]))


def read_existence(data: bytes) -> tuple[bytes, bytes, LeafOp | None, list[bytes]]:
    """Read key, value, leaf and the fields of the path, which are left as they are. Raises: ValueError."""
    key, at = taken(data, 0, 1)
    value, at = taken(data, at, 2)
    leaf, behind = taken(data, at, 3)
    path, end = repeated(data, behind, 4)
    if end != len(data):
        raise BadProof("an existence proof is key, value, leaf and path")
    return key, value, read_leaf(leaf) if behind > at else None, path


def taken(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """Return the bytes of the field at a place and where they end; none when it is another field.

    Raises: ValueError.
    """
    if data[at : at + 1] != _TAGS[tag]:
        return b"", at
    short = data[at + 1 : at + 2]
    size, at = (short[0], at + 2) if b"" < short < _LONG_SIZE else read_uvarint(data, at + 1)
    if at + size > len(data):
        raise BadProof("field is cut")
    return data[at : at + size], at + size


def repeated(data: bytes, at: int, tag: int) -> tuple[list[bytes], int]:
    """Return the bytes of all fields of one number from a place on, and where they end. Raises: ValueError."""
    found: list[bytes] = []
    while data[at : at + 1] == _TAGS[tag]:
        raw, at = taken(data, at, tag)
        found.append(raw)
    return found, at


@lru_cache(maxsize=CACHED_STEPS)
def read_leaf(data: bytes) -> LeafOp:
    """Read a leaf operation. Raises: ValueError."""
    numbers = [0, 0, 0, 0, 0]
    prefix = b""
    for part in fields(data):
        match part:
            case (1 | 2 | 3 | 4 as tag, int(number)):
                numbers[tag] = number
            case (5, bytes(raw)):
                prefix = raw
            case _:
                raise BadProof(f"unknown field {part[0]}")
    return LeafOp(
        hash=HashOp(numbers[1]),
        prehash_key=HashOp(numbers[2]),
        prehash_value=HashOp(numbers[3]),
        length=LengthOp(numbers[4]),
        prefix=prefix,
    )


@lru_cache(maxsize=CACHED_STEPS)
def read_inner(data: bytes) -> InnerOp:
    """Read a step. Raises: ValueError."""
    operation, at = (HashOp(data[1]), 2) if data[:1] == _FIRST_NUMBER and len(data) > 1 else (HashOp.NO_HASH, 0)
    prefix, at = taken(data, at, 2)
    suffix, at = taken(data, at, 3)
    if at != len(data):
        raise BadProof("a step is hash, prefix and suffix")
    return InnerOp(hash=operation, prefix=prefix, suffix=suffix)
