"""A range in which nothing was found is remembered as long as nothing is written into it, and no longer."""

import random

from hypothesis import given
from hypothesis import strategies as st

from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.readers import VACANT_KEPT

keys = st.binary(min_size=1, max_size=2)
changes = st.dictionaries(keys, st.one_of(st.none(), st.just(b"x")), max_size=6)
ranges = st.lists(st.tuples(st.binary(max_size=2), st.one_of(st.none(), keys), st.booleans()), max_size=6)

Step = tuple[dict[bytes, bytes | None], list[tuple[bytes, bytes | None, bool]]]


def store() -> MultiStore:
    return MultiStore(MemoryBackend(), {"bank": 1, "gov": 2})


def put(target: MultiStore, writes: dict[bytes, bytes | None], name: str = "bank") -> None:
    target.apply(target.version + 1, {name: writes})
    target.commit()


def found(target: MultiStore, start: bytes, end: bytes | None, name: str = "bank") -> list[bytes]:
    return [key for key, _ in target.reader().scan(name, start, end)]


@given(st.lists(st.tuples(changes, ranges), max_size=8))
def test_scans_after_any_commits_are_those_of_a_sorted_table(steps: list[Step]) -> None:
    target = store()
    table: dict[bytes, bytes] = {}
    for writes, asked in steps:
        put(target, writes)
        table = {key: value for key, value in (table | writes).items() if value is not None}
        for start, end, reverse in asked * 2:
            wanted = sorted(key for key in table if start <= key and (end is None or key < end))
            got = [key for key, _ in target.reader().scan("bank", start, end, reverse=reverse)]
            assert got == (wanted[::-1] if reverse else wanted)


def test_a_key_at_either_border_is_seen_once_it_is_written() -> None:
    target = store()
    put(target, {b"\x01": b"x"})
    for border, inside in ((b"\x10", True), (b"\x1f\xff", True), (b"\x20", False), (b"\x0f", False)):
        assert found(target, b"\x10", b"\x20") == []
        put(target, {border: b"x"})
        assert found(target, b"\x10", b"\x20") == ([border] if inside else [])
        put(target, {border: None})
    assert found(target, b"\x30", None) == []
    put(target, {b"\xff\xff": b"x"})
    assert found(target, b"\x30", None) == [b"\xff\xff"]


def test_a_write_into_another_store_changes_nothing_here() -> None:
    target = store()
    put(target, {b"\x01": b"x"})
    assert found(target, b"\x10", b"\x20") == found(target, b"\x10", b"\x20", "gov") == []
    put(target, {b"\x11": b"x"}, "gov")
    assert found(target, b"\x10", b"\x20") == []
    assert found(target, b"\x10", b"\x20", "gov") == [b"\x11"]


def test_more_ranges_than_are_remembered_are_looked_up_again() -> None:
    target, chance = store(), random.Random(1)
    put(target, {b"\x01": b"x"})
    starts = [bytes((16 + number,)) for number in range(2 * VACANT_KEPT)]
    for start in starts:
        assert found(target, start, start + b"\xff") == []
    for start in chance.sample(starts, 8):
        put(target, {start + b"a": b"x"})
        assert found(target, start, start + b"\xff") == [start + b"a"]
