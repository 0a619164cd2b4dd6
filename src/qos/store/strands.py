"""Rows of the node table: a strand is a node and, above it, parent over parent, nodes made in the same version.

A new value makes a leaf and all nodes above it anew; in rows of their own, each of them would be put, noted as dead and
deleted by itself. A strand goes whole: whatever replaces a node replaces all above it, so a strand is dead when its
lowest node is, and until then some of its upper nodes may be dead already. Strands end where `BANDS` do, so that few
dead nodes wait: the lowest band is short, since leaves live longest.

A ref's nonce is the number of the strand times eight, plus the node's place in it, 0 the lowest; the row's key is the
ref of that one. A row of one record is the record. Another one begins with 0x80 + its number of records and the lengths
of those behind the lowest, u16 each, from place 1 up; these records follow, in that order, and the lowest is the last.
"""

from collections.abc import Sequence
from struct import Struct

PLACES = 8
BANDS = bytes(4) + bytes(1 + number // PLACES for number in range(252))
"""The band of each height: 0..3, then eight heights each. Nodes of a strand are in one band, their heights differ."""

_PLACE = PLACES - 1
_MANY = 0x80
_HEADERS = tuple(Struct(f">B{count - 1}H") for count in range(1, PLACES + 1))
_LOWEST = tuple(bytes((byte - byte % PLACES,)) for byte in range(256))


def place_of(ref: bytes) -> int:
    """Return a node's place in its strand."""
    return ref[-1] & _PLACE


def row_key(ref: bytes) -> bytes:
    """Return the key of the row that has a node: the ref of the lowest one."""
    return ref[:-1] + _LOWEST[ref[-1]]


def keys_among(refs: Sequence[bytes]) -> list[bytes]:
    """Return those refs that are keys of rows."""
    return [ref for ref in refs if not ref[-1] & _PLACE]


def row_of(strand: Sequence[bytes]) -> bytes:
    """Join the records of a strand, the lowest first."""
    if len(strand) == 1:
        return strand[0]
    lowest, *above = strand
    header = _HEADERS[len(above)].pack(_MANY + len(strand), *map(len, above))
    return b"".join((header, *above, lowest))


def record_in(row: bytes, place: int) -> bytes:
    """Return the record at a place, still to be checked; anything, or nothing, when the row is damaged."""
    if not row or row[0] < _MANY:
        return b"" if place else row
    count = row[0] - _MANY
    if not place < count <= PLACES or len(row) < 2 * count:
        return b""
    header = _HEADERS[count - 1]
    lengths = header.unpack_from(row)
    if place:
        start = header.size + sum(lengths[1:place])
        return row[start : start + lengths[place]]
    return row[header.size + sum(lengths[1:]) :]
