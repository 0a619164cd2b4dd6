"""Typed state: codecs and collections."""

from collections.abc import Iterator

import pytest

from qos.base.identifiers import Address
from qos.store import collections as c
from qos.store import keys as k
from qos.store import values as v
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay

ANNA, BERT = Address(b"\x01" * 20), Address(b"\xff" * 20)


class Context:
    """Reads and writes an overlay over an empty store."""

    def __init__(self) -> None:
        self.overlay = Overlay(MultiStore(MemoryBackend(), {"bank": 1}).reader())

    def read(self, store: str, key: bytes) -> bytes | None:
        return self.overlay.get(store, key)

    def scan(
        self, store: str, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return self.overlay.scan(store, start, end, reverse=reverse)

    def write(self, store: str, key: bytes, value: bytes) -> None:
        self.overlay.set(store, key, value)

    def erase(self, store: str, key: bytes) -> None:
        self.overlay.delete(store, key)


class Missing(Exception):
    """Nothing there."""


BALANCES = c.Map("bank", b"\x02", k.pair(k.LENGTH_ADDRESS, k.TAIL_TEXT), v.COSMOS_INT)
COUNTER = c.Item("bank", b"\x01", v.UINT)
QUEUE = c.Index("bank", b"\x03", k.triple(k.U64, k.TEXT, k.TEXT))


def test_a_balance_lies_where_the_cosmos_bank_has_it() -> None:
    ctx = Context()
    BALANCES.set(ctx, (ANNA, "aqos"), 1200)
    assert ctx.overlay.writes == {"bank": {b"\x02\x14" + ANNA + b"aqos": b"1200"}}
    assert BALANCES.raw_key((ANNA, "aqos")) == b"\x02\x14" + ANNA + b"aqos"
    assert BALANCES.get(ctx, (ANNA, "aqos")) == 1200


def test_items_are_ordered_bounded_and_limited() -> None:
    ctx = Context()
    for owner, denom in ((BERT, "b"), (ANNA, "c"), (ANNA, "a"), (ANNA, "b")):
        BALANCES.set(ctx, (owner, denom), 1)
    COUNTER.set(ctx, 5)
    QUEUE.add(ctx, (1, "x", ""))
    within = k.LENGTH_ADDRESS.encode(ANNA)
    assert [key for key, _ in BALANCES.items(ctx)] == [(ANNA, "a"), (ANNA, "b"), (ANNA, "c"), (BERT, "b")]
    assert [key[1] for key, _ in BALANCES.items(ctx, within)] == ["a", "b", "c"]
    assert [key[1] for key, _ in BALANCES.items(ctx, within, (ANNA, "a"))] == ["b", "c"]
    assert [key[1] for key, _ in BALANCES.items(ctx, within, (ANNA, "c"), reverse=True)] == ["b", "a"]
    assert [key[1] for key, _ in BALANCES.items(ctx, within, limit=1, reverse=True)] == ["c"]
    assert [key for key, _ in BALANCES.items(ctx, start_after=(ANNA, "c"))] == [(BERT, "b")]


def test_an_index_is_an_ordered_set() -> None:
    ctx = Context()
    for key in ((2, "a", "z"), (1, "b", ""), (1, "a", "\x00\xff")):
        QUEUE.add(ctx, key)
    QUEUE.add(ctx, (1, "b", ""))
    assert list(QUEUE.keys(ctx)) == [(1, "a", "\x00\xff"), (1, "b", ""), (2, "a", "z")]
    QUEUE.delete(ctx, (1, "b", ""))
    assert not QUEUE.has(ctx, (1, "b", ""))
    assert QUEUE.has(ctx, (2, "a", "z"))
    assert list(QUEUE.keys(ctx, k.U64.encode(1))) == [(1, "a", "\x00\xff")]


def test_require_names_what_is_missing() -> None:
    ctx = Context()
    with pytest.raises(Missing) as caught:
        BALANCES.require(ctx, (ANNA, "aqos"), lambda key: Missing(key[1]))
    assert caught.value.args == ("aqos",)
    with pytest.raises(Missing):
        COUNTER.require(ctx, Missing)
    COUNTER.set(ctx, 0)
    assert COUNTER.require(ctx, Missing) == 0
    COUNTER.delete(ctx)
    assert COUNTER.get(ctx) is None
    assert not BALANCES.has(ctx, (ANNA, "aqos"))
    BALANCES.delete(ctx, (ANNA, "aqos"))


def test_a_record_is_stored_by_its_own_functions() -> None:
    ctx = Context()
    point = v.ValueCodec(encode=lambda xy: b"%d,%d" % xy, decode=lambda raw: tuple(map(int, raw.split(b","))))
    item = c.Item("bank", b"\x09", point)
    item.set(ctx, (3, 4))
    assert item.get(ctx) == (3, 4)


@pytest.mark.parametrize("number", [0, 1, 255, 256, 2**255])
def test_numbers_come_back(number: int) -> None:
    assert v.UINT.decode(v.UINT.encode(number)) == number
    assert v.COSMOS_INT.decode(v.COSMOS_INT.encode(number)) == number
    assert v.UINT.encode(number)


@pytest.mark.parametrize("raw", [b"007", b"+1", b" 1", b"1_0", b"", b"9" * 100])
def test_a_number_has_one_text(raw: bytes) -> None:
    with pytest.raises(ValueError):
        v.COSMOS_INT.decode(raw)


def test_a_cut_or_surplus_key_is_an_error() -> None:
    ctx = Context()
    ctx.write("bank", b"\x03" + b"\x00" * 5, b"\x01")
    with pytest.raises(ValueError):
        list(QUEUE.keys(ctx))
    ctx = Context()
    ctx.write("bank", b"\x03" + QUEUE.key.encode((1, "a", "")) + b"!", b"\x01")
    with pytest.raises(ValueError):
        list(QUEUE.keys(ctx))
    with pytest.raises(ValueError):
        k.LENGTH_ADDRESS.decode(b"\x13" + b"a" * 19, 0)
    with pytest.raises(ValueError):
        k.ADDRESS.encode(Address(b"short"))


def test_the_end_of_a_prefix_is_the_first_key_behind_it() -> None:
    assert c.end_of_prefix(b"\x02") == b"\x03"
    assert c.end_of_prefix(b"a\xff\xff") == b"b"
    assert c.end_of_prefix(b"\xff") is None
    assert c.end_of_prefix(b"") is None
