"""Codecs of stored values: numbers, bytes and records; a module makes one of its own where these do not do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Generic, TypeVar

from qos.proto import codec
from qos.proto.record import Record

R = TypeVar("R", bound=Record)
V = TypeVar("V")

MAX_INT_DIGITS = 78
"""Digits of 2^256 - 1: no stored amount is longer."""


@dataclass(frozen=True, slots=True)
class ValueCodec(Generic[V]):
    """Two functions between a stored value and its bytes, which must never be empty."""

    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


def record_of(kind: type[R], *, remembered: int = 0) -> ValueCodec[R]:
    """Return the codec of one kind of record, in its canonical encoding.

    So many decoded ones are remembered by their bytes: for what every block or transaction reads and few change.
    """
    decode = partial(codec.decode, kind)
    return ValueCodec(codec.encode, lru_cache(maxsize=remembered)(decode) if remembered else decode)


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
