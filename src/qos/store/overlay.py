"""A write cache over a reader: what a transaction, a message or a block has changed so far.

Overlays nest: a message writes into an overlay over the transaction's, and `flush` hands its writes
one level down, or they are dropped with the object.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Protocol

MAX_KEY_BYTES = 480
"""Longest key a store takes; LMDB allows 511 bytes and the table prefixes its own."""

MAX_VALUE_BYTES = 1 << 20
"""Longest value a store takes: 1 MiB."""


Writes = dict[str, dict[bytes, bytes | None]]


class Reader(Protocol):
    """Committed or pending state, by store name and key."""

    def get(self, store: str, key: bytes) -> bytes | None:
        """Return the value, or None when the key is absent."""
        ...

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs with start <= key < end in key order (or reversed); end None = to the end."""
        ...


class Overlay:
    """Reader plus pending writes: `writes[store][key]` is the new value, or None for a deletion."""

    __slots__ = ("_below", "_layers", "_order", "_parent", "writes")

    def __init__(self, parent: Reader) -> None:
        self._parent = parent
        self._order: dict[str, list[bytes]] = {}
        self.writes: Writes = {}
        # A read walks all layers in one loop: a call a layer would cost more than the look-ups.
        self._layers: tuple[Writes, ...] = (self.writes, *(parent._layers if isinstance(parent, Overlay) else ()))
        self._below: Reader = parent._below if isinstance(parent, Overlay) else parent

    def get(self, store: str, key: bytes) -> bytes | None:
        """Return the pending value, else the parent's."""
        for layer in self._layers:
            table = layer.get(store)
            if table is not None and key in table:
                return table[key]
        return self._below.get(store, key)

    def set(self, store: str, key: bytes, value: bytes) -> None:
        """Write a pair.

        Raises: ValueError when key or value is empty (ICS-23 proves neither) or too long.
        """
        if not key or not value:
            raise ValueError("a store takes no empty key and no empty value")
        if len(key) > MAX_KEY_BYTES or len(value) > MAX_VALUE_BYTES:
            raise ValueError(f"key of {len(key)} or value of {len(value)} bytes is too long")
        self._put(store, key, value)

    def delete(self, store: str, key: bytes) -> None:
        """Remove a key; nothing happens when it is absent. Raises: ValueError when the key is empty."""
        if not key:
            raise ValueError("a store takes no empty key")
        self._put(store, key, None)

    def _put(self, store: str, key: bytes, value: bytes | None) -> None:
        table = self.writes.get(store)
        if table is None:
            table = self.writes[store] = {}
        order = self._order.get(store)
        if order is not None and key not in table:
            insort(order, key)
        table[key] = value

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield pairs in key order, pending writes merged in.

        The keys are those present when the scan starts, the values those present when each is yielded;
        so a loop may write to and delete from the range it walks.
        """
        below = self._parent.scan(store, start, end, reverse=reverse)
        if store not in self.writes:
            self.writes[store] = {}
        table = self.writes[store]
        own = iter(self._own_keys(store, start, end, reverse=reverse))
        return _merge(below, own, table, reverse=reverse)

    def _own_keys(self, store: str, start: bytes, end: bytes | None, *, reverse: bool) -> list[bytes]:
        order = self._order.get(store)
        if order is None:
            order = self._order[store] = sorted(self.writes[store])
        low = bisect_left(order, start)
        high = len(order) if end is None else bisect_left(order, end)
        keys = order[low:high]
        return keys[::-1] if reverse else keys

    def has_written(self, keys: Iterable[tuple[str, bytes]]) -> bool:
        """Tell whether any of these pairs of store and key is written or removed here or in an overlay below."""
        for layer in self._layers:
            for store, key in keys if layer else ():
                table = layer.get(store)
                if table is not None and key in table:
                    return True
        return False

    def take(self, writes: Writes) -> None:
        """Write what another overlay holds."""
        for store, table in writes.items():
            if store in self._order:
                for key, value in table.items():
                    self._put(store, key, value)
            else:
                self.writes.setdefault(store, {}).update(table)

    def flush(self) -> None:
        """Move all pending writes into the parent overlay and start empty.

        Raises: TypeError when the parent is not an overlay.
        """
        if not isinstance(self._parent, Overlay):
            raise TypeError("only an overlay over an overlay can be flushed")
        self._parent.take(self.writes)
        self.writes.clear()
        self._order.clear()


def _merge(
    below: Iterator[tuple[bytes, bytes]],
    own: Iterator[bytes],
    table: dict[bytes, bytes | None],
    *,
    reverse: bool,
) -> Iterator[tuple[bytes, bytes]]:
    under = next(below, None)
    mine = next(own, None)
    while under is not None or mine is not None:
        if mine is None or (under is not None and (under[0] > mine if reverse else under[0] < mine)):
            assert under is not None
            key, value = under[0], table.get(under[0], under[1])
            under = next(below, None)
        else:
            key, value = mine, table[mine]
            if under is not None and under[0] == mine:
                under = next(below, None)
            mine = next(own, None)
        if value is not None:
            yield key, value
