"""A version sent as items and built again: the same app hash at once and from then on, and nothing else accepted."""

from collections.abc import Sequence

import pytest

from qos.base.encoding import length_prefixed, uvarint
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.transfer import BadStream, Importer, WrongAppHash, exported

STORES = {"acc": 1, "bank": 2, "qcp": 3}
VERSIONS = 40


def lived() -> MultiStore:
    """Return a store with a history of changes, insertions and removals; one store stays empty."""
    store = MultiStore(MemoryBackend(), STORES)
    for version in range(1, VERSIONS + 1):
        commit(store, version)
    return store


def commit(store: MultiStore, version: int) -> bytes:
    writes = {b"%03d" % (key * version % 211): b"%d" % version if key % 7 else None for key in range(40)}
    store.apply(version, {"bank": writes, "acc": {b"a%d" % (version % 9): b"%d" % version}}, b"note %d" % version)
    store.commit()
    return store.app_hash


def items_of(store: MultiStore) -> list[bytes]:
    with store.at(store.version) as reader:
        return list(exported(reader))


def imported(items: Sequence[bytes], app_hash: bytes, version: int = VERSIONS) -> MultiStore:
    backend = MemoryBackend()
    importer = Importer(backend, STORES, version)
    importer.add(b"".join(items))
    importer.finish(app_hash, b"note %d" % version)
    return MultiStore(backend, STORES)


def test_an_imported_version_is_the_same_and_goes_on_the_same() -> None:
    old = lived()
    new = imported(items_of(old), old.app_hash)
    assert (new.version, new.oldest_version, new.app_hash) == (VERSIONS, VERSIONS, old.app_hash)
    for name in STORES:
        assert list(new.reader().scan(name, b"", None)) == list(old.reader().scan(name, b"", None))
    with new.at(VERSIONS) as reader:
        assert reader.note() == b"note %d" % VERSIONS
    for key in (b"007", b"absent"):
        assert new.reader().get("bank", key) == old.reader().get("bank", key)
        assert new.prove(VERSIONS, "bank", key) == old.prove(VERSIONS, "bank", key)
    for version in range(VERSIONS + 1, 2 * VERSIONS):
        assert commit(new, version) == commit(old, version)


def test_an_imported_version_can_be_sent_on() -> None:
    old = lived()
    items = items_of(old)
    assert items_of(imported(items, old.app_hash)) == items


def test_items_may_come_in_any_pieces_and_many_writes() -> None:
    old = lived()
    backend = MemoryBackend()
    importer = Importer(backend, STORES, VERSIONS, nodes_a_write=7)
    for item in items_of(old):
        importer.add(item)
    importer.finish(old.app_hash, b"")
    assert MultiStore(backend, STORES).app_hash == old.app_hash


def test_no_changed_item_is_accepted() -> None:
    old = lived()
    items = items_of(old)
    for place in range(0, len(items), 3):
        for at in {0, len(items[place]) // 2, len(items[place]) - 1}:
            changed = bytearray(items[place])
            changed[at] ^= 1
            with pytest.raises((BadStream, WrongAppHash)):
                imported([*items[:place], bytes(changed), *items[place + 1 :]], old.app_hash)


def test_no_missing_swapped_or_repeated_item_is_accepted() -> None:
    old = lived()
    items = items_of(old)
    for place in range(0, len(items) - 1, 5):
        without = [*items[:place], *items[place + 1 :]]
        twice = [*items[: place + 1], *items[place:]]
        swapped = [*items[:place], items[place + 1], items[place], *items[place + 2 :]]
        for stream in (without, twice, swapped):
            with pytest.raises((BadStream, WrongAppHash)):
                imported(stream, old.app_hash)


def leaf(version: int, key: bytes) -> bytes:
    return b"\x00" + uvarint(version) + length_prefixed(key) + length_prefixed(b"v")


BANK = b"\xff" + length_prefixed(b"bank")
REFUSED = {
    "a leaf before any store": leaf(1, b"a"),
    "an unknown store": b"\xff" + length_prefixed(b"nothing"),
    "a store twice": BANK + BANK,
    "keys out of order": BANK + leaf(1, b"b") + leaf(1, b"a"),
    "two trees": BANK + leaf(1, b"a") + leaf(1, b"b"),
    "an inner node alone": BANK + b"\x01" + uvarint(1) + length_prefixed(b"a"),
    "a wrong separator": BANK + leaf(1, b"a") + leaf(1, b"c") + b"\x01" + uvarint(1) + length_prefixed(b"b"),
    "a wrong height": BANK + leaf(1, b"a") + leaf(1, b"b") + b"\x02" + uvarint(1) + length_prefixed(b"b"),
    "a parent older than its children": BANK + leaf(2, b"a") + leaf(2, b"b") + b"\x01\x01" + length_prefixed(b"b"),
    "a version of the future": BANK + leaf(VERSIONS + 1, b"a"),
    "version zero": BANK + leaf(0, b"a"),
    "an empty key": BANK + leaf(1, b""),
    "half an item": BANK + leaf(1, b"abc")[:-1],
    "a length beyond the end": BANK + b"\x00\x01\xff\xff\x7f",
    "no end of a number": BANK + b"\x00" + b"\xff" * 20,
}


@pytest.mark.parametrize("stream", REFUSED.values(), ids=REFUSED)
def test_a_malformed_stream_is_refused_by_name(stream: bytes) -> None:
    with pytest.raises(BadStream):
        imported([stream], b"")
