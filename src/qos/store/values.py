"""Codecs of stored values; a record's is made of the encode and decode functions its module gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")

MAX_INT_DIGITS = 78
"""Digits of 2^256 - 1: no stored amount is longer."""


@dataclass(frozen=True, slots=True)
class ValueCodec(Generic[V]):
    """Two functions between a stored value and its bytes, which must never be empty."""

    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


def _encode_uint(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8 or 1, "big")


def _encode_decimal(value: int) -> bytes:
    return b"%d" % value


def _decode_decimal(data: bytes) -> int:
    if len(data) > MAX_INT_DIGITS + 1:
        raise ValueError(f"number of {len(data)} digits")
    value = int(data)
    if b"%d" % value != data:
        raise ValueError(f"{data!r} is not a canonical decimal number")
    return value


UINT: ValueCodec[int] = ValueCodec(_encode_uint, lambda data: int.from_bytes(data, "big"))
"""Shortest big-endian bytes; zero is one zero byte. Encoding a negative number raises OverflowError."""

COSMOS_INT: ValueCodec[int] = ValueCodec(_encode_decimal, _decode_decimal)
"""Decimal text, as the Cosmos SDK stores amounts."""

RAW: ValueCodec[bytes] = ValueCodec(bytes, bytes)
"""The bytes themselves, which must not be empty."""
