"""Trees against a plain reference: every key changed one by one, hashed from scratch; reads against a dict."""

import random
from dataclasses import dataclass
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from qos.base.encoding import uvarint, varint
from qos.store.foundation import Plan, lay
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay

KEY = st.binary(min_size=1, max_size=3)
BATCH = st.dictionaries(KEY, st.one_of(st.none(), st.binary(min_size=1, max_size=5)), max_size=12)


@dataclass
class Leaf:
    key: bytes
    value: bytes
    version: int
    height: int = 0
    size: int = 1

    def hash(self) -> bytes:
        data = b"\x00\x02" + varint(self.version) + uvarint(len(self.key)) + self.key
        return sha256(data + b"\x20" + sha256(self.value).digest()).digest()


@dataclass
class Inner:
    key: bytes
    left: "Leaf | Inner"
    right: "Leaf | Inner"
    version: int

    @property
    def height(self) -> int:
        return 1 + max(self.left.height, self.right.height)

    @property
    def size(self) -> int:
        return self.left.size + self.right.size

    def hash(self) -> bytes:
        numbers = varint(self.height) + varint(self.size) + varint(self.version)
        return sha256(numbers + b"\x20" + self.left.hash() + b"\x20" + self.right.hash()).digest()


Reference = Leaf | Inner


def lean(node: Reference) -> int:
    return node.left.height - node.right.height if isinstance(node, Inner) else 0


def turned(node: Inner, version: int, *, right: bool) -> Inner:
    child = node.left if right else node.right
    assert isinstance(child, Inner)
    if right:
        return Inner(child.key, child.left, Inner(node.key, child.right, node.right, version), version)
    return Inner(child.key, Inner(node.key, node.left, child.left, version), child.right, version)


def balanced(node: Inner, version: int) -> Inner:
    if lean(node) > 1:
        if lean(node.left) < 0:
            assert isinstance(node.left, Inner)
            node = Inner(node.key, turned(node.left, version, right=False), node.right, version)
        return turned(node, version, right=True)
    if lean(node) < -1:
        if lean(node.right) > 0:
            assert isinstance(node.right, Inner)
            node = Inner(node.key, node.left, turned(node.right, version, right=True), version)
        return turned(node, version, right=False)
    return node


def with_key(node: Reference | None, key: bytes, value: bytes, version: int) -> Reference:
    leaf = Leaf(key, value, version)
    if node is None:
        return leaf
    if isinstance(node, Leaf):
        if node.key == key:
            return leaf
        small, large = sorted((node, leaf), key=lambda each: each.key)
        return Inner(large.key, small, large, version)
    if key < node.key:
        return balanced(Inner(node.key, with_key(node.left, key, value, version), node.right, version), version)
    return balanced(Inner(node.key, node.left, with_key(node.right, key, value, version), version), version)


def has(node: Reference | None, key: bytes) -> bool:
    while isinstance(node, Inner):
        node = node.left if key < node.key else node.right
    return node is not None and node.key == key


def without(node: Reference, key: bytes, version: int) -> tuple[Reference | None, bytes | None]:
    if isinstance(node, Leaf):
        return None, None
    if key < node.key:
        left, first = without(node.left, key, version)
        if left is None:
            return node.right, node.key
        return balanced(Inner(node.key, left, node.right, version), version), first
    right, first = without(node.right, key, version)
    if right is None:
        return node.left, None
    return balanced(Inner(first or node.key, node.left, right, version), version), None


def applied(node: Reference | None, batch: dict[bytes, bytes | None], version: int) -> Reference | None:
    for key, value in sorted(batch.items()):
        if value is not None:
            node = with_key(node, key, value, version)
        elif node is not None and has(node, key):
            node = without(node, key, version)[0]
    return node


@given(st.lists(BATCH, max_size=12), st.integers(0, 4), st.integers(1, 10**6))
def test_a_batch_gives_the_root_of_its_operations_one_by_one(
    batches: list[dict[bytes, bytes | None]], levels: int, first: int
) -> None:
    store = MultiStore(MemoryBackend(), {"bank": 1}, cache_levels=levels)
    reference: Reference | None = None
    pairs: dict[bytes, bytes] = {}
    for version, batch in enumerate(batches, start=first):
        store.apply(version, {"bank": batch})
        store.commit()
        reference = applied(reference, batch, version)
        pairs |= {key: value for key, value in batch.items() if value is not None}
        pairs = {key: value for key, value in pairs.items() if batch.get(key, b"") is not None}
        with store.at(version) as reader:
            assert reader.roots["bank"] == (reference.hash() if reference else sha256(b"").digest())
            assert list(reader.scan("bank", b"", None)) == sorted(pairs.items())
        assert all(store.reader().get("bank", key) == pairs.get(key) for key in batch)


PAIRS = st.dictionaries(KEY, st.binary(min_size=1, max_size=5), max_size=60)


@given(PAIRS, st.lists(BATCH, min_size=1, max_size=5), st.integers(0, 4), st.integers(1, 10**6), st.integers(1, 9))
def test_a_foundation_and_a_block_give_the_root_of_their_pairs_one_by_one(
    laid: dict[bytes, bytes], batches: list[dict[bytes, bytes | None]], levels: int, first: int, part: int
) -> None:
    backend, stores = MemoryBackend(), {"bank": 1}
    plan = Plan(mark=b"m", version=first, tables=[("bank", iter(sorted(laid.items())))])
    lay(backend, stores, plan, pairs_a_write=part)
    store = MultiStore(backend, stores, cache_levels=levels, keep_versions=2)
    assert list(store.reader().scan("bank", b"", None)) == sorted(laid.items())
    reference = applied(None, dict(laid), first)
    pairs = dict(laid)
    for version, batch in enumerate(batches, start=first):
        store.apply(version, {"bank": {b"dropped": b"1"}})
        store.apply(version, {"bank": batch})
        store.commit()
        reference = applied(reference, batch, version)
        pairs = {key: value for key, value in (pairs | batch).items() if value is not None}
        with store.at(version) as reader:
            assert reader.roots["bank"] == (reference.hash() if reference else sha256(b"").digest())
        assert list(store.reader().scan("bank", b"", None)) == sorted(pairs.items())
        assert all(store.reader().get("bank", key) == pairs.get(key) for key in {*laid, *batch})


@given(st.lists(st.tuples(BATCH, st.booleans()), max_size=6), KEY, KEY, st.booleans())
def test_nested_overlays_read_as_one_dict(
    layers: list[tuple[dict[bytes, bytes | None], bool]], start: bytes, end: bytes, reverse: bool
) -> None:
    store = MultiStore(MemoryBackend(), {"bank": 1})
    store.apply(1, {"bank": {bytes((number,)): b"base" for number in range(0, 250, 7)}})
    store.commit()
    pairs = dict(store.reader().scan("bank", b"", None))
    over = Overlay(Overlay(store.reader()))
    for batch, scans in layers:
        if scans:
            list(over.scan("bank", start, end))
        for key, value in batch.items():
            if value is None:
                over.delete("bank", key)
                pairs.pop(key, None)
            else:
                over.set("bank", key, value)
                pairs[key] = value
    expected = sorted(((key, value) for key, value in pairs.items() if start <= key < end), reverse=reverse)
    assert list(over.scan("bank", start, end, reverse=reverse)) == expected
    over.flush()
    assert list(over.scan("bank", start, end, reverse=reverse)) == expected


def test_many_blocks_over_many_keys_give_the_reference_root(long_run: bool) -> None:
    chance = random.Random(5)
    store = MultiStore(MemoryBackend(), {"bank": 1}, keep_versions=4, cache_levels=3)
    reference: Reference | None = None
    for version in range(1, 300 if long_run else 60):
        size = chance.choice((0, 1, 5, 60))
        batch = {b"%d" % chance.randrange(400): chance.choice((None, b"%d" % version, b"x")) for _ in range(size)}
        store.apply(version, {"bank": batch})
        store.commit()
        reference = applied(reference, batch, version)
    assert reference is not None
    with store.at(store.version) as reader:
        assert reader.roots["bank"] == reference.hash()


@given(st.lists(st.tuples(st.lists(BATCH, max_size=2), BATCH, st.booleans()), max_size=12), st.integers(0, 4))
def test_dropped_rounds_and_restarts_leave_no_trace(
    blocks: list[tuple[list[dict[bytes, bytes | None]], dict[bytes, bytes | None], bool]], levels: int
) -> None:
    stores = {"acc": 1, "bank": 2}
    backend = MemoryBackend()
    store, plain = MultiStore(backend, stores, cache_levels=levels), MultiStore(MemoryBackend(), stores)
    for version, (dropped, batch, restarts) in enumerate(blocks, start=1):
        for number, other in enumerate(dropped):
            store.apply(version, {("acc", "bank")[number]: other})
        assert store.apply(version, {"bank": batch}) == plain.apply(version, {"bank": batch})
        store.commit()
        plain.commit()
        if restarts:
            store = MultiStore(backend, stores, cache_levels=levels)
        assert list(store.reader().scan("bank", b"", None)) == list(plain.reader().scan("bank", b"", None))
        assert not list(store.reader().scan("acc", b"", None))
