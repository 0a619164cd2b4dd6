"""Protobuf fields as CometBFT hashes and signs them: scalar defaults left out, embedded messages always there.

Written by hand because a commit's sign bytes differ in one timestamp only and are rebuilt for each vote.
"""

from qos.base.blocktime import NANOSECONDS
from qos.base.encoding import uvarint

_U64 = (1 << 64) - 1


def varint_field(number: int, value: int) -> bytes:
    """Write an integer or enum; a negative one as its 64-bit complement, 0 as nothing."""
    return uvarint(number << 3) + uvarint(value & _U64) if value else b""


def fixed64_field(number: int, value: int) -> bytes:
    """Write an sfixed64; 0 as nothing."""
    return uvarint(number << 3 | 1) + value.to_bytes(8, "little", signed=True) if value else b""


def bytes_field(number: int, data: bytes) -> bytes:
    """Write bytes or text; empty as nothing."""
    return message_field(number, data) if data else b""


def message_field(number: int, data: bytes) -> bytes:
    """Write an embedded message, also when it is empty."""
    return uvarint(number << 3 | 2) + uvarint(len(data)) + data


def timestamp(time_ns: int) -> bytes:
    """Write a google.protobuf.Timestamp."""
    seconds, nanos = divmod(time_ns, NANOSECONDS)
    return varint_field(1, seconds) + varint_field(2, nanos)


def delimited(data: bytes) -> bytes:
    """Put the length before a message."""
    return uvarint(len(data)) + data
