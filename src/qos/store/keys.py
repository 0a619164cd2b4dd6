"""Codecs of key parts.

Each is self-delimiting, so that composed keys keep the order of their parts and no two composed keys
are equal; the two TAIL codecs are not and stand last only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from qos.base.encoding import read_uvarint, u64, uvarint
from qos.base.identifiers import ADDRESS_LENGTH, Address

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
K = TypeVar("K")

_LENGTH_OF_ADDRESS = bytes((ADDRESS_LENGTH,))


@dataclass(frozen=True, slots=True)
class KeyCodec(Generic[K]):
    """Two functions between a key part and its bytes.

    `decode(data, offset)` returns the part and the offset behind it. Raises: ValueError when cut.
    """

    encode: Callable[[K], bytes]
    decode: Callable[[bytes, int], tuple[K, int]]


def _take(data: bytes, offset: int, length: int) -> tuple[bytes, int]:
    end = offset + length
    if end > len(data):
        raise ValueError(f"key ends after {len(data)} bytes, {end} wanted")
    return data[offset:end], end


def _encode_address(address: Address) -> bytes:
    if len(address) != ADDRESS_LENGTH:
        raise ValueError(f"address has {len(address)} bytes")
    return address


def _encode_length_address(address: Address) -> bytes:
    if len(address) != ADDRESS_LENGTH:
        raise ValueError(f"address has {len(address)} bytes")
    return _LENGTH_OF_ADDRESS + address


def _decode_address(data: bytes, offset: int) -> tuple[Address, int]:
    raw, end = _take(data, offset, ADDRESS_LENGTH)
    return Address(raw), end


def _decode_length_address(data: bytes, offset: int) -> tuple[Address, int]:
    mark, behind = _take(data, offset, 1)
    if mark[0] != ADDRESS_LENGTH:
        raise ValueError(f"address of {mark[0]} bytes")
    return _decode_address(data, behind)


def _decode_u64(data: bytes, offset: int) -> tuple[int, int]:
    raw, end = _take(data, offset, 8)
    return int.from_bytes(raw, "big"), end


def _encode_text(text: str) -> bytes:
    raw = text.encode()
    return uvarint(len(raw)) + raw


def _decode_text(data: bytes, offset: int) -> tuple[str, int]:
    length, behind = read_uvarint(data, offset)
    raw, end = _take(data, behind, length)
    return raw.decode(), end


ADDRESS: KeyCodec[Address] = KeyCodec(_encode_address, _decode_address)
"""20 raw bytes."""

LENGTH_ADDRESS: KeyCodec[Address] = KeyCodec(_encode_length_address, _decode_length_address)
"""0x14 and 20 bytes, as the Cosmos SDK's bank writes owners."""

U64: KeyCodec[int] = KeyCodec(u64, _decode_u64)
"""Eight bytes big-endian: byte order is number order."""

TEXT: KeyCodec[str] = KeyCodec(_encode_text, _decode_text)
"""UTF-8 behind its length as a varint: ordered by length first."""

TAIL_BYTES: KeyCodec[bytes] = KeyCodec(bytes, lambda data, offset: (data[offset:], len(data)))
"""All that is left of the key: last part only."""

TAIL_TEXT: KeyCodec[str] = KeyCodec(str.encode, lambda data, offset: (data[offset:].decode(), len(data)))
"""All that is left of the key as UTF-8: last part only."""


def pair(first: KeyCodec[A], second: KeyCodec[B]) -> KeyCodec[tuple[A, B]]:
    """Compose a key of two parts; only the second may be a TAIL."""
    encode_first, encode_second = first.encode, second.encode  # every balance is read by such a key

    def encode(key: tuple[A, B]) -> bytes:
        one, two = key
        return encode_first(one) + encode_second(two)

    def decode(data: bytes, offset: int) -> tuple[tuple[A, B], int]:
        one, offset = first.decode(data, offset)
        two, offset = second.decode(data, offset)
        return (one, two), offset

    return KeyCodec(encode, decode)


def triple(first: KeyCodec[A], second: KeyCodec[B], third: KeyCodec[C]) -> KeyCodec[tuple[A, B, C]]:
    """Compose a key of three parts; only the third may be a TAIL."""

    def encode(key: tuple[A, B, C]) -> bytes:
        return first.encode(key[0]) + second.encode(key[1]) + third.encode(key[2])

    def decode(data: bytes, offset: int) -> tuple[tuple[A, B, C], int]:
        one, offset = first.decode(data, offset)
        two, offset = second.decode(data, offset)
        three, offset = third.decode(data, offset)
        return (one, two, three), offset

    return KeyCodec(encode, decode)
