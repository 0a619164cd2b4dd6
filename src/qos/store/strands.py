"""Rows of the node table: a strand is a node and, above it, parent over parent, nodes made in the same version.

A new value makes a leaf and all nodes above it anew; in rows of their own, each of them would be put, noted as dead and
deleted by itself. A strand goes whole: whatever replaces a node replaces all above it, so a strand is dead when its
lowest node is, and until then some of its upper nodes may be dead already. Strands end where `BANDS` do, so that few
dead nodes wait: the lowest band is short, since leaves live longest.

A ref's nonce is the number of the strand times eight, plus the node's place in it, 0 the lowest; the row's key is the
ref of that one. A row is the records from the lowest up, each behind its length, a u32; a length of 0 stands for a node
that was replaced in the version that made it.
"""

from collections.abc import Sequence

PLACES = 8
BANDS = bytes(4) + bytes(1 + number // PLACES for number in range(252))
"""The band of each height: 0..3, then eight heights each. Nodes of a strand are in one band, their heights differ."""

_PLACE = PLACES - 1
_LENGTH = 4
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


def entry(record: bytes) -> bytes:
    """Return what a record adds to the end of its strand's row."""
    return len(record).to_bytes(_LENGTH, "big") + record


def record_in(row: bytes, place: int) -> bytes:
    """Return the record at a place, still to be checked; anything, or nothing, when the row is damaged."""
    start = 0
    for _ in range(place):
        start += _LENGTH + int.from_bytes(row[start : start + _LENGTH], "big")
    end = start + _LENGTH + int.from_bytes(row[start : start + _LENGTH], "big")
    return row[start + _LENGTH : end] if end <= len(row) else b""


def without(row: bytes, place: int) -> bytes:
    """Return the row without the record at a place; empty when no other is left."""
    records = [b"" if number == place else record_in(row, number) for number in range(_count(row))]
    while records and not records[-1]:
        records.pop()
    return b"".join(map(entry, records))


def _count(row: bytes) -> int:
    count, start = 0, 0
    while start < len(row):
        start += _LENGTH + int.from_bytes(row[start : start + _LENGTH], "big")
        count += 1
    return count
