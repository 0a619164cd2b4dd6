"""Typed state: a module names its keys once, as `Item`, `Map` or `Index`, and never builds a key by hand.

A context is anything that reads and writes by store name and key; the machine's charges gas there.
A key codec is self-delimiting, so that composed keys keep the order of their parts and no two
composed keys are equal; the two TAIL codecs are not and stand last only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Protocol, TypeVar

from qos.base.encoding import read_uvarint, u64, uvarint
from qos.base.identifiers import ADDRESS_LENGTH, Address

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
K = TypeVar("K")
V = TypeVar("V")

MAX_INT_DIGITS = 78
"""Digits of 2^256 - 1: no stored amount is longer."""


class Reads(Protocol):
    """A context that can read."""

    def read(self, store: str, key: bytes) -> bytes | None:
        """Return the stored bytes, or None."""
        ...

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs with start <= key < end in key order."""
        ...


class Writes(Reads, Protocol):
    """A context that can read and write."""

    def write(self, store: str, key: bytes, value: bytes) -> None:
        """Store the bytes under the key."""
        ...

    def erase(self, store: str, key: bytes) -> None:
        """Remove the key."""
        ...


@dataclass(frozen=True, slots=True)
class KeyCodec(Generic[K]):
    """Two functions between a key part and its bytes.

    `decode(data, offset)` returns the part and the offset behind it. Raises: ValueError when cut.
    """

    encode: Callable[[K], bytes]
    decode: Callable[[bytes, int], tuple[K, int]]


@dataclass(frozen=True, slots=True)
class ValueCodec(Generic[V]):
    """Two functions between a stored value and its bytes, which must never be empty."""

    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


RecordValue = ValueCodec
"""The codec of a record, made of the encode and decode functions its module gives."""


def _take(data: bytes, offset: int, length: int) -> tuple[bytes, int]:
    end = offset + length
    if end > len(data):
        raise ValueError(f"key ends after {len(data)} bytes, {end} wanted")
    return data[offset:end], end


def _encode_address(address: Address) -> bytes:
    if len(address) != ADDRESS_LENGTH:
        raise ValueError(f"address has {len(address)} bytes")
    return address


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


def _encode_bytes(raw: bytes) -> bytes:
    return uvarint(len(raw)) + raw


def _decode_bytes(data: bytes, offset: int) -> tuple[bytes, int]:
    length, behind = read_uvarint(data, offset)
    return _take(data, behind, length)


def _decode_text(data: bytes, offset: int) -> tuple[str, int]:
    raw, end = _decode_bytes(data, offset)
    return raw.decode(), end


ADDRESS: KeyCodec[Address] = KeyCodec(_encode_address, _decode_address)
"""20 raw bytes."""

LENGTH_ADDRESS: KeyCodec[Address] = KeyCodec(
    lambda address: bytes((ADDRESS_LENGTH,)) + _encode_address(address),
    _decode_length_address,
)
"""0x14 and 20 bytes, as the Cosmos SDK's bank writes owners."""

U64: KeyCodec[int] = KeyCodec(u64, _decode_u64)
"""Eight bytes big-endian: byte order is number order."""

BYTES: KeyCodec[bytes] = KeyCodec(_encode_bytes, _decode_bytes)
"""Length as a varint, then the bytes: ordered by length first."""

TEXT: KeyCodec[str] = KeyCodec(lambda text: _encode_bytes(text.encode()), _decode_text)
"""UTF-8 behind its length."""

TAIL_BYTES: KeyCodec[bytes] = KeyCodec(bytes, lambda data, offset: (data[offset:], len(data)))
"""All that is left of the key: last part only."""

TAIL_TEXT: KeyCodec[str] = KeyCodec(str.encode, lambda data, offset: (data[offset:].decode(), len(data)))
"""All that is left of the key as UTF-8: last part only."""


def pair(first: KeyCodec[A], second: KeyCodec[B]) -> KeyCodec[tuple[A, B]]:
    """Compose a key of two parts; only the second may be a TAIL."""

    def encode(key: tuple[A, B]) -> bytes:
        return first.encode(key[0]) + second.encode(key[1])

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

RAW_TEXT: ValueCodec[str] = ValueCodec(str.encode, bytes.decode)
"""UTF-8, which must not be empty."""


def end_of_prefix(prefix: bytes) -> bytes | None:
    """Return the first key behind all that start with `prefix`; None when there is none."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes((stripped[-1] + 1,)) if stripped else None


@dataclass(frozen=True, slots=True)
class Item(Generic[V]):
    """One value under one fixed key."""

    store: str
    prefix: bytes
    value: ValueCodec[V]

    def get(self, ctx: Reads) -> V | None:
        """Return the value, or None."""
        raw = ctx.read(self.store, self.prefix)
        return None if raw is None else self.value.decode(raw)

    def require(self, ctx: Reads, error: Callable[[], Exception]) -> V:
        """Return the value. Raises: what `error` makes when there is none."""
        value = self.get(ctx)
        if value is None:
            raise error()
        return value

    def set(self, ctx: Writes, value: V) -> None:
        """Store the value."""
        ctx.write(self.store, self.prefix, self.value.encode(value))

    def delete(self, ctx: Writes) -> None:
        """Remove the value."""
        ctx.erase(self.store, self.prefix)


@dataclass(frozen=True, slots=True)
class Map(Generic[K, V]):
    """Values by key, in key order, below one prefix."""

    store: str
    prefix: bytes
    key: KeyCodec[K]
    value: ValueCodec[V]

    def raw_key(self, key: K) -> bytes:
        """Return the key's bytes in the store, as proofs name it."""
        return self.prefix + self.key.encode(key)

    def get(self, ctx: Reads, key: K) -> V | None:
        """Return the value, or None."""
        raw = ctx.read(self.store, self.prefix + self.key.encode(key))
        return None if raw is None else self.value.decode(raw)

    def has(self, ctx: Reads, key: K) -> bool:
        """Tell whether the key is there."""
        return ctx.read(self.store, self.prefix + self.key.encode(key)) is not None

    def require(self, ctx: Reads, key: K, error: Callable[[K], Exception]) -> V:
        """Return the value. Raises: what `error` makes of the key when there is none."""
        value = self.get(ctx, key)
        if value is None:
            raise error(key)
        return value

    def set(self, ctx: Writes, key: K, value: V) -> None:
        """Store the value."""
        ctx.write(self.store, self.prefix + self.key.encode(key), self.value.encode(value))

    def delete(self, ctx: Writes, key: K) -> None:
        """Remove the key."""
        ctx.erase(self.store, self.prefix + self.key.encode(key))

    def raw_keys(self, ctx: Reads, within: bytes = b"", limit: int | None = None) -> Iterator[bytes]:
        """Yield the keys' bytes in the store, in order, below the encoded leading part `within`."""
        for raw_key, _ in _range(self, ctx, within, None, limit, reverse=False):
            yield raw_key

    def items(
        self,
        ctx: Reads,
        within: bytes = b"",
        start_after: K | None = None,
        limit: int | None = None,
        *,
        reverse: bool = False,
    ) -> Iterator[tuple[K, V]]:
        """Yield (key, value) in key order.

        `within` is the encoded leading part of a composed key; `start_after` leaves out everything up to
        and including that key (in reverse: from that key upwards).
        """
        for raw_key, raw in _range(self, ctx, within, start_after, limit, reverse=reverse):
            yield (
                _whole_key(self.key, raw_key, len(self.prefix)),
                self.value.decode(raw),
            )


@dataclass(frozen=True, slots=True)
class Index(Generic[K]):
    """A set of keys in key order below one prefix."""

    store: str
    prefix: bytes
    key: KeyCodec[K]

    def has(self, ctx: Reads, key: K) -> bool:
        """Tell whether the key is there."""
        return ctx.read(self.store, self.prefix + self.key.encode(key)) is not None

    def add(self, ctx: Writes, key: K) -> None:
        """Put the key in; nothing changes when it is there."""
        ctx.write(self.store, self.prefix + self.key.encode(key), b"\x01")

    def delete(self, ctx: Writes, key: K) -> None:
        """Take the key out."""
        ctx.erase(self.store, self.prefix + self.key.encode(key))

    def keys(
        self,
        ctx: Reads,
        within: bytes = b"",
        start_after: K | None = None,
        limit: int | None = None,
        *,
        reverse: bool = False,
    ) -> Iterator[K]:
        """Yield the keys in order; bounds as in `Map.items`."""
        for raw_key, _ in _range(self, ctx, within, start_after, limit, reverse=reverse):
            yield _whole_key(self.key, raw_key, len(self.prefix))


def _whole_key(codec: KeyCodec[K], raw: bytes, offset: int) -> K:
    key, end = codec.decode(raw, offset)
    if end != len(raw):
        raise ValueError(f"{len(raw) - end} surplus bytes behind a stored key")
    return key


def _range(
    keyed: Map[K, V] | Index[K],
    ctx: Reads,
    within: bytes,
    start_after: K | None,
    limit: int | None,
    *,
    reverse: bool,
) -> Iterator[tuple[bytes, bytes]]:
    start = keyed.prefix + within
    end = end_of_prefix(start)
    if start_after is not None:
        mark = keyed.prefix + keyed.key.encode(start_after)
        if reverse:
            end = mark if end is None else min(mark, end)
        else:
            start = max(start, mark + b"\x00")
    return islice(ctx.scan(keyed.store, start, end, reverse=reverse), limit)
