"""Rows of the block store: their checks and the entries of its index."""

from hashlib import sha256
from zlib import crc32

from qos.base.encoding import length_prefixed, u32
from qos.engine import event_values
from qos.machine.abci import BlockResult
from qos.proto.records.qos_engine_v1 import BlockOutcome, ValidatorChange

Pair = tuple[bytes, bytes]


def index_key(key: str, value: str) -> bytes:
    """Return the key of the event index for one value of one key."""
    return sha256(length_prefixed(key.encode(), value.encode())).digest()[:16]


def index_row(key: bytes, at: bytes) -> bytes:
    """Return a row of the event index: a position and its check."""
    return at + checked(key, at)


def position(row: bytes | memoryview) -> tuple[int, int]:
    """Read height and index."""
    return int.from_bytes(row[:8]), int.from_bytes(row[8:12])


def checked(key: bytes, value: bytes) -> bytes:
    """Return the check of a row: the CRC-32 of key and value."""
    return u32(crc32(value, crc32(key)))


def tx_events(height: bytes, result: BlockResult) -> list[Pair]:
    """Return the index entries of a block's transactions: key and position."""
    return [
        (index_key(key, value), height + u32(index))
        for index, each in enumerate(result.tx_results)
        for key, value in event_values.indexed(each.events)
    ]


def block_events(height: bytes, result: BlockResult) -> list[Pair]:
    """Return the index entries of a block's own events."""
    return [(index_key(key, value), height + u32(0)) for key, value in event_values.indexed(result.events)]


def outcome_of(result: BlockResult) -> BlockOutcome:
    """Return what is stored of a block's outcome beside the results of its transactions."""
    changes = tuple(ValidatorChange(public_key=u.public_key, power=u.power) for u in result.validator_updates)
    return BlockOutcome(events=result.events, validator_changes=changes, app_hash=result.app_hash)
