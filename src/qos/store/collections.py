"""Typed state: a module names its keys once, as `Item`, `Map` or `Index`, and never builds a key by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from qos.store.access import Reads, Writes
from qos.store.keys import KeyCodec
from qos.store.values import ValueCodec

K = TypeVar("K")
V = TypeVar("V")


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
