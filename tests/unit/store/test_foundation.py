"""A foundation: more than memory holds laid before the first version, whole or not at all, gone without a trace."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from qos.store import foundation, layout
from qos.store.backend import Deletes, Pair, Puts, Step
from qos.store.errors import StoreDamaged, StoreError
from qos.store.foundation import Plan
from qos.store.io.lmdb import open_store
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.stored_rows import rows_in_use

STORES = {"acc": 1, "bank": 2, "qcp": 3}
PAIRS = [(b"%05d" % number, b"v%d" % number) for number in range(500)]
FIRST = 7
WRITES: dict[str, dict[bytes, bytes | None]] = {
    "bank": {b"00007": b"changed", b"00008": None, b"x": b"new"},
    "qcp": {b"\xff": b"id"},
}


def plan(mark: bytes = b"file", pairs: Sequence[Pair] = PAIRS, version: int = FIRST) -> Plan:
    return Plan(mark=mark, version=version, tables=[("acc", iter(pairs)), ("bank", iter(pairs))])


def forbidden() -> Iterator[Pair]:
    raise AssertionError("what lies there already is not read again")
    yield


def test_a_foundation_is_read_before_the_first_version_and_is_part_of_it() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    store.lay(plan())
    assert (store.version, store.app_hash) == (0, b"")
    assert store.reader().get("bank", b"00007") == b"v7"
    assert store.reader().get("bank", b"absent") is None
    assert list(store.reader().scan("acc", b"", None)) == PAIRS
    changes: dict[bytes, bytes | None] = {b"00007": b"changed", b"x": b"new"}
    laid: dict[bytes, bytes | None] = dict(PAIRS)
    expected = MultiStore(MemoryBackend(), STORES)
    # The new key is larger than all, so the shape is that of all keys in order.
    whole = expected.apply(FIRST, {"acc": laid, "bank": laid | changes})
    assert store.apply(FIRST, {"bank": changes}) == whole
    store.commit()
    expected.commit()
    assert store.prove(FIRST, "bank", b"00007") == expected.prove(FIRST, "bank", b"00007")


def test_nothing_of_it_stays_beside_the_versions(tmp_path: Path) -> None:
    """What the first block replaces is in no version: its nodes go at once, and the row with them."""
    store = open_store(tmp_path, STORES, keep_versions=2)
    store.lay(plan())
    for version in range(FIRST, FIRST + 3):
        store.apply(version, WRITES if version == FIRST else {"bank": {b"00009": b"%d" % version}})
        store.commit()
    store.close()
    again = open_store(tmp_path, STORES, keep_versions=2)
    assert again.version == FIRST + 2
    assert again.reader().get("bank", b"00008") is None
    again.close()
    backend = MemoryBackend()
    small = MultiStore(backend, STORES)
    small.lay(plan())
    small.apply(FIRST, WRITES)
    small.commit()
    assert layout.FOUNDATION not in backend.tables[layout.META]
    assert not backend.tables[layout.ORPHANS]
    assert backend.tables[layout.nodes_table(2)].keys() == rows_in_use(small, "bank")


def test_what_lies_there_is_not_laid_again(tmp_path: Path) -> None:
    store = open_store(tmp_path, STORES)
    store.lay(plan())
    store.close()
    store = open_store(tmp_path, STORES)
    store.lay(Plan(mark=b"file", version=FIRST, tables=[("acc", forbidden())]))
    assert store.reader().get("acc", b"00001") == b"v1"
    store.close()


@pytest.mark.parametrize("other", [plan(b"other", PAIRS[:3]), plan(version=FIRST + 1, pairs=PAIRS[:3])])
def test_another_foundation_takes_its_place(tmp_path: Path, other: Plan) -> None:
    store = open_store(tmp_path, STORES)
    store.lay(plan())
    store.lay(other)
    assert list(store.reader().scan("bank", b"", None)) == PAIRS[:3]
    assert store.reader().get("bank", b"00009") is None
    store.lay(None)
    assert not list(store.reader().scan("bank", b"", None))
    assert store.reader().get("bank", b"00001") is None
    fresh = MultiStore(MemoryBackend(), STORES)
    assert store.apply(1, WRITES) == fresh.apply(1, WRITES)
    store.commit()
    store.close()


class Stops(MemoryBackend):
    """Fails at a write, as a process that is killed does."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.left = before

    def write(self, steps: Sequence[Step]) -> None:
        if not self.left:
            raise StoreError("killed")
        self.left -= 1
        super().write(steps)


@pytest.mark.parametrize("writes", range(6))
def test_a_foundation_that_was_cut_off_is_laid_anew(writes: int) -> None:
    backend = Stops(writes)
    with pytest.raises(StoreError, match="killed"):
        foundation.lay(backend, STORES, plan(), pairs_a_write=400)
    backend.left = 1_000
    store = MultiStore(backend, STORES)
    store.lay(plan())
    store.apply(FIRST, WRITES)
    store.commit()
    at_once = MemoryBackend()
    whole = MultiStore(at_once, STORES)
    whole.lay(plan())
    whole.apply(FIRST, WRITES)
    whole.commit()
    assert store.app_hash == whole.app_hash
    assert backend.tables == at_once.tables


def test_order_is_demanded() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    with pytest.raises(ValueError, match="follow"):
        store.lay(plan(pairs=[PAIRS[1], PAIRS[0]]))
    with pytest.raises(ValueError, match="follow"):
        store.lay(plan(pairs=[PAIRS[1], PAIRS[1]]))
    with pytest.raises(ValueError, match="out of order"):
        store.lay(Plan(mark=b"m", version=1, tables=[("bank", iter(PAIRS)), ("acc", iter(PAIRS))]))


def test_only_the_version_it_was_laid_for_stands_on_it() -> None:
    store = MultiStore(MemoryBackend(), STORES)
    store.lay(plan())
    with pytest.raises(ValueError, match="foundation of version 7"):
        store.apply(1, WRITES)
    store.apply(FIRST, WRITES)
    store.commit()
    with pytest.raises(StoreError, match="before the first version"):
        store.lay(None)


def test_a_damaged_row_is_refused() -> None:
    backend = MemoryBackend()
    MultiStore(backend, STORES).lay(plan())
    backend.write([Puts(table=layout.META, pairs=[(layout.FOUNDATION, b"damaged row")])])
    with pytest.raises(StoreDamaged, match="foundation"):
        MultiStore(backend, STORES)
    backend.write([Deletes(table=layout.META, keys=[layout.FOUNDATION])])
    assert MultiStore(backend, STORES).version == 0


def test_what_was_found_good_is_known_after_a_restart_until_something_else_is_laid(tmp_path: Path) -> None:
    store = open_store(tmp_path, STORES)
    store.vouch(b"nothing lies here")
    assert not store.is_vouched(b"nothing lies here")
    store.lay(plan())
    assert not store.is_vouched(b"checked")
    store.vouch(b"checked")
    store.close()
    store = open_store(tmp_path, STORES)
    assert store.is_vouched(b"checked")
    assert not store.is_vouched(b"other")
    store.lay(plan(b"other"))
    assert not store.is_vouched(b"checked")
    store.close()
