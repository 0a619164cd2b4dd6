"""Versions, app hash, past heights and pruning over the memory backend."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from qos.base import merkle
from qos.base.encoding import length_prefixed, u32, u64
from qos.store.backend import Step
from qos.store.errors import StoreDamaged, StoreError, UnknownStore, UnknownVersion
from qos.store.foundation import Plan
from qos.store.layout import COMMIT, FORMAT, FOUNDATION, LATEST, META, ROOTS, nodes_table
from qos.store.memory import MemoryBackend
from qos.store.multistore import KEEP_ALL, VERSIONS_A_COMMIT, MultiStore, Writes
from qos.store.node import sealed
from qos.store.notes import NOTES
from qos.store.pruning import BUCKETS
from qos.store.readers import RECENT_BYTES
from qos.testing.stored_rows import rows_in_use

STORES = {"acc": 1, "bank": 2}


def committed(store: MultiStore, writes: Writes) -> bytes:
    app_hash = store.apply(store.version + 1, writes)
    store.commit()
    assert store.app_hash == app_hash
    return app_hash


def write(key: int, value: int) -> Writes:
    return {"bank": {b"%d" % key: b"%d" % value}}


def test_the_app_hash_is_the_cosmos_multistore_hash() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    app_hash = committed(store, {"bank": {b"a": b"1"}})
    with store.at(1) as reader:
        roots = reader.roots
    empty = sha256(b"").digest()
    assert roots["acc"] == empty
    leaves = [length_prefixed(name, sha256(roots[name.decode()]).digest()) for name in (b"acc", b"bank")]
    assert app_hash == merkle.root(leaves)


def test_nothing_is_seen_before_the_commit() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    store.apply(1, {"bank": {b"a": b"1"}})
    assert store.reader().get("bank", b"a") is None
    assert store.version == 0
    store.commit()
    assert store.reader().get("bank", b"a") == b"1"
    assert store.version == 1


def test_another_round_drops_the_former() -> None:
    store, other = MultiStore(MemoryBackend(), STORES), MultiStore(MemoryBackend(), STORES)
    for each in (store, other):
        committed(each, {"bank": {b"%d" % i: b"1" for i in range(50)}})
    store.apply(2, {"bank": {b"%d" % i: None for i in range(30)}, "acc": {b"x": b"1"}})
    assert committed(store, write(7, 2)) == committed(other, write(7, 2))
    assert store.reader().get("acc", b"x") is None
    assert store.reader().get("bank", b"3") == b"1"


def test_an_unchanged_version_keeps_the_app_hash() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    first = committed(store, write(1, 1))
    assert committed(store, {}) == first
    assert committed(store, {"bank": {}}) == first
    assert committed(store, write(1, 1)) != first


def test_versions_follow_each_other() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    committed(store, write(1, 1))
    for version in (0, 1, 3):
        with pytest.raises(ValueError):
            store.apply(version, {})
    with pytest.raises(StoreError):
        store.commit()


def test_a_chain_may_begin_at_any_height() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    store.apply(70_000, write(1, 1))
    store.commit()
    assert (store.version, store.oldest_version) == (70_000, 70_000)
    committed(store, write(1, 2))
    assert store.at(70_000).get("bank", b"1") == b"1"


def test_an_unknown_store_is_refused() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    committed(store, write(1, 1))
    with pytest.raises(UnknownStore):
        store.apply(2, {"gov": {b"a": b"1"}})
    with pytest.raises(UnknownStore):
        store.reader().get("gov", b"a")
    with pytest.raises(UnknownStore):
        store.reader().scan("gov", b"", None)
    with pytest.raises(UnknownStore):
        store.at(1).get("gov", b"a")


def test_kept_heights_are_read_and_pruned_ones_refused() -> None:
    store = MultiStore(MemoryBackend(), STORES, keep_versions=3)
    for version in range(1, 11):
        committed(store, write(1, version))
    assert store.oldest_version == 8
    for version in (8, 9, 10):
        assert store.at(version).get("bank", b"1") == b"%d" % version
        assert list(store.at(version).scan("bank", b"", None)) == [(b"1", b"%d" % version)]
        assert store.prove(version, "bank", b"1").value == b"%d" % version
    for version in (0, 7, 11):
        with pytest.raises(UnknownVersion):
            store.at(version)


def test_pruning_leaves_exactly_the_rows_of_kept_versions() -> None:
    backend = MemoryBackend()
    store = MultiStore(backend, STORES, keep_versions=2)
    for version in range(1, 60):
        committed(store, {"bank": {b"%d" % (key * version % 97): b"%d" % version for key in range(20)}})
    for _ in range(BUCKETS + 2):
        committed(store, {})
    assert backend.tables[nodes_table(2)].keys() == rows_in_use(store, "bank")
    assert not backend.tables["orphans"]


def test_a_restart_prunes_what_was_left() -> None:
    backend = MemoryBackend()
    for version in range(1, 80 + BUCKETS + 3):
        committed(MultiStore(backend, STORES, keep_versions=2), {} if version > 80 else write(version % 13, version))
    store = MultiStore(backend, STORES, keep_versions=2)
    assert backend.tables[nodes_table(2)].keys() == rows_in_use(store, "bank")


def test_a_smaller_window_expires_the_rest() -> None:
    backend = MemoryBackend()
    store = MultiStore(backend, STORES, keep_versions=50)
    for version in range(1, 51):
        committed(store, write(version % 5, version))
    store = MultiStore(backend, STORES, keep_versions=2)
    for _ in range(BUCKETS + 3):
        committed(store, {})
    assert store.oldest_version == store.version - 1
    assert backend.tables[nodes_table(2)].keys() == rows_in_use(store, "bank")


def test_an_archive_keeps_all_and_can_become_small_a_few_versions_at_a_time() -> None:
    backend = MemoryBackend()
    store = MultiStore(backend, STORES, keep_versions=KEEP_ALL)
    for version in range(1, 3 * VERSIONS_A_COMMIT):
        committed(store, write(version % 5, version))
    assert store.oldest_version == 1
    with store.at(1) as reader:
        assert reader.get("bank", b"1") == b"1"
    store = MultiStore(backend, STORES, keep_versions=2)
    committed(store, {})
    assert store.oldest_version == 1 + VERSIONS_A_COMMIT
    for _ in range(BUCKETS + 3):
        committed(store, {})
    assert store.oldest_version == store.version - 1


def test_a_store_added_later_begins_empty() -> None:
    backend = MemoryBackend()
    committed(MultiStore(backend, STORES), write(1, 1))
    store = MultiStore(backend, {**STORES, "gov": 3})
    committed(store, {"gov": {b"a": b"1"}})
    assert store.prove(2, "gov", b"a").value == b"1"
    with pytest.raises(UnknownStore):
        store.at(1).get("gov", b"a")


def test_a_store_that_is_not_declared_any_more_is_missed() -> None:
    backend = MemoryBackend()
    committed(MultiStore(backend, STORES), write(1, 1))
    with pytest.raises(UnknownStore):
        MultiStore(backend, {"acc": 1})


def test_absence_is_remembered_until_the_key_is_written() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    committed(store, write(1, 1))
    assert store.reader().get("bank", b"2") is None
    committed(store, write(2, 2))
    assert store.reader().get("bank", b"2") == b"2"
    committed(store, {"bank": {b"2": None}})
    assert store.reader().get("bank", b"2") is None


def asked_one_by_one(backend: MemoryBackend, keys: Sequence[bytes]) -> list[bytes | None]:
    reader = MultiStore(backend, STORES).reader()
    return [reader.get("bank", key) for key in keys]


def test_a_key_whose_row_is_lost_is_not_absent() -> None:
    backend = MemoryBackend()
    keys = [b"%d" % number for number in range(20)]
    committed(MultiStore(backend, STORES), {"bank": dict.fromkeys(keys, b"1")})
    rows = backend.tables[nodes_table(2)]
    for ref, row in tuple(rows.items()):
        del rows[ref]
        with pytest.raises(StoreDamaged):
            asked_one_by_one(backend, keys)
        rows[ref] = row
    assert asked_one_by_one(backend, keys) == [b"1"] * 20


def test_every_flipped_byte_of_a_node_is_found() -> None:
    """By a scan and by asking for each key: a value, a separator, a link or a hash."""
    backend = MemoryBackend()
    keys = [b"%d" % number for number in range(4)]
    committed(MultiStore(backend, STORES), {"bank": {key: key for key in keys}})
    for ref, record in tuple(backend.tables[nodes_table(2)].items()):
        for at in range(len(record)):
            backend.tables[nodes_table(2)][ref] = record[:at] + bytes((record[at] ^ 1,)) + record[at + 1 :]
            with pytest.raises(StoreDamaged):
                list(MultiStore(backend, STORES).reader().scan("bank", b"", None))
            with pytest.raises(StoreDamaged):
                asked_one_by_one(backend, keys)
        backend.tables[nodes_table(2)][ref] = record


@pytest.mark.parametrize("ago", [1, 2, 3, 5])
@pytest.mark.parametrize("table", [META, COMMIT, ROOTS, nodes_table(2)])
def test_a_table_as_it_was_some_blocks_ago_is_noticed(table: str, ago: int) -> None:
    """A damaged pointer leads to rows that were whole: every value in them was true once."""
    backend = MemoryBackend()
    store = MultiStore(backend, STORES, keep_versions=3)
    before = {}
    for version in range(1, 9):
        committed(store, {"bank": {b"%d" % (version % 4): b"%d" % version}})
        before[version] = {name: dict(rows) for name, rows in backend.tables.items()}
    backend.tables[table] = before[8 - ago][table]
    with pytest.raises(StoreDamaged):
        asked_one_by_one(backend, [b"0", b"1", b"2", b"3"])


def test_a_note_of_another_version_is_not_told() -> None:
    backend = MemoryBackend()
    store = MultiStore(backend, STORES)
    for version in (1, 2):
        store.apply(version, write(1, version), note=b"note %d" % version)
        store.commit()
    notes = backend.tables[NOTES]
    notes[u64(2)] = notes[u64(1)]
    with pytest.raises(StoreDamaged, match="note of version 2"):
        store.at(2).note()
    del notes[u64(2)]
    with pytest.raises(StoreDamaged, match="note of version 2"):
        store.at(2).note()


@pytest.mark.parametrize("ago", [1, 3])
def test_who_follows_another_process_notices_a_table_of_some_blocks_ago(ago: int) -> None:
    backend = MemoryBackend()
    store = MultiStore(backend, STORES)
    before = {}
    for version in range(1, 5):
        committed(store, write(1, version))
        before[version] = dict(backend.tables[META])
    follower = MultiStore(backend, STORES)
    committed(store, write(1, 5))
    backend.tables[META].update(before[5 - ago])
    with pytest.raises(StoreDamaged, match="one version"):
        follower.refresh()


def test_two_versions_at_least_are_kept_and_ids_differ() -> None:
    with pytest.raises(ValueError):
        MultiStore(MemoryBackend(), STORES, keep_versions=1)
    with pytest.raises(ValueError):
        MultiStore(MemoryBackend(), {"a": 1, "b": 1})
    with pytest.raises(ValueError):
        MultiStore(MemoryBackend(), {"a": 256})


@pytest.mark.parametrize("number", [FORMAT - 1, FORMAT + 1])
@pytest.mark.parametrize("name", [LATEST, FOUNDATION])
def test_another_format_is_refused(name: bytes, number: int) -> None:
    backend = MemoryBackend()
    store = MultiStore(backend, STORES)
    if name == LATEST:
        committed(store, write(1, 1))
    else:
        store.lay(Plan(mark=b"file", version=1, tables=[("bank", iter([(b"a", b"1")]))]))
    row = backend.tables[META][name]
    backend.tables[META][name] = sealed(u32(number) + row[4:-4])
    with pytest.raises(StoreError, match=f"format {number}, this program reads format {FORMAT}: run"):
        MultiStore(backend, STORES)


def test_a_note_comes_with_its_version() -> None:
    store = MultiStore(MemoryBackend(), STORES, keep_versions=2)
    for version in (1, 2, 3):
        store.apply(version, write(1, version), note=b"note %d" % version)
        store.commit()
    assert store.at(2).note() == b"note 2"


class FullDisk(MemoryBackend):
    """Writes nothing once it is full."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False

    def write(self, steps: Sequence[Step]) -> None:
        if self.is_full:
            raise StoreError("no room")
        super().write(steps)


def test_a_failed_commit_stops_the_store_and_changes_nothing() -> None:
    backend = FullDisk()
    store = MultiStore(backend, STORES)
    app_hash = committed(store, write(1, 1))
    backend.is_full = True
    store.apply(2, write(1, 2))
    with pytest.raises(StoreError, match="no room"):
        store.commit()
    backend.is_full = False
    with pytest.raises(StoreError, match="after a restart"):
        store.apply(2, write(1, 2))
    again = MultiStore(backend, STORES)
    assert (again.version, again.app_hash) == (1, app_hash)
    assert again.reader().get("bank", b"1") == b"1"


def test_a_note_has_a_longest_length() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    store.apply(1, write(1, 1), note=bytes(2_000_000))
    with pytest.raises(ValueError, match="too long"):
        store.commit()


def test_a_long_value_is_read_right_after_it_takes_the_place_of_a_short_one() -> None:
    """Only short values are remembered, so that what is remembered is bounded."""
    store = MultiStore(MemoryBackend(), {"bank": 1})
    for version, value in enumerate((b"short", b"l" * (RECENT_BYTES + 1), b"e" * RECENT_BYTES, b"short"), start=1):
        store.apply(version, {"bank": {b"k": value}})
        store.commit()
        assert store.reader().get("bank", b"k") == value
        assert store.reader().get("bank", b"k") == value
