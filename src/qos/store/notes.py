"""A note with each version: what the frame must know of a block and the app hash does not cover.

Table `notes`: version u64 -> the note and the CRC-32 of both. It is written and pruned with its version.
"""

from zlib import crc32

from qos.base.encoding import u64
from qos.store.backend import Deletes, Puts, Snapshot
from qos.store.errors import StoreDamaged
from qos.store.node import CHECK_BYTES, CHECKED
from qos.store.overlay import MAX_VALUE_BYTES

NOTES = "notes"


def put(version: int, note: bytes) -> Puts:
    """Return the step that writes a version's note. Raises: ValueError when it is longer than a value may be."""
    if len(note) > MAX_VALUE_BYTES:
        raise ValueError(f"note of {len(note)} bytes is too long")
    key = u64(version)
    return Puts(table=NOTES, pairs=[(key, note + crc32(note, crc32(key)).to_bytes(CHECK_BYTES, "little"))])


def delete(versions: range) -> Deletes:
    """Return the step that removes the notes of versions."""
    return Deletes(table=NOTES, keys=[u64(version) for version in versions])


def read(snapshot: Snapshot, version: int) -> bytes:
    """Return a kept version's note. Raises: StoreDamaged when it is missing or fails its check."""
    key = u64(version)
    row = snapshot.getter(NOTES)(key)
    if row is None or crc32(row, crc32(key)) != CHECKED:
        raise StoreDamaged(f"the note of version {version} is missing or fails its check")
    return row[:-CHECK_BYTES]
