"""Strands: several nodes in a row of the node table, dead together, none lost."""

import pytest

from qos.base.encoding import u32, u64
from qos.store.batch import Batch
from qos.store.node import sealed
from qos.store.nodes import Nodes, Root
from qos.store.strands import BANDS, PLACES, entry, keys_among, place_of, record_in, row_key, without
from qos.store.tree import Tree

RECORDS = [sealed(b"%d" % place + bytes(40 * place)) for place in range(PLACES)]


def ref(strand: int, place: int, version: int = 5) -> bytes:
    return u64(version) + u32(strand * PLACES + place)


@pytest.mark.parametrize("count", range(1, PLACES + 1))
def test_each_record_is_found_at_its_place(count: int) -> None:
    row = b"".join(map(entry, RECORDS[:count]))
    assert [record_in(row, place) for place in range(count)] == RECORDS[:count]
    assert not any(record_in(row, place) for place in range(count, PLACES))


def test_a_record_may_be_gone_above_the_lowest() -> None:
    row = without(b"".join(map(entry, RECORDS[:3])), 1)
    assert [record_in(row, place) for place in range(3)] == [RECORDS[0], b"", RECORDS[2]]


def test_a_row_ends_with_a_record_that_is_there() -> None:
    row = b"".join(map(entry, RECORDS[:3]))
    assert without(without(row, 1), 2) == entry(RECORDS[0])
    assert not without(entry(RECORDS[0]), 0)


def test_a_leaf_may_be_long() -> None:
    leaf = b"\x00" + bytes(1 << 17)
    assert record_in(entry(leaf) + entry(RECORDS[3]), 0) == leaf


def test_a_cut_row_has_wrong_records_and_raises_nothing() -> None:
    row = b"".join(map(entry, RECORDS))
    for length in range(len(row)):
        assert [record_in(row[:length], place) for place in range(PLACES)] != RECORDS


def test_refs_of_one_strand_share_the_key_of_its_row() -> None:
    refs = [ref(77, place) for place in range(PLACES)]
    assert {row_key(one) for one in refs} == {ref(77, 0)}
    assert [place_of(one) for one in refs] == list(range(PLACES))
    assert keys_among([*refs, ref(78, 0)]) == [ref(77, 0), ref(78, 0)]


def test_a_band_has_no_more_heights_than_a_strand_has_places() -> None:
    assert len(BANDS) == 256
    assert list(BANDS) == sorted(BANDS)
    assert all(BANDS.count(band) <= PLACES for band in set(BANDS))
    assert BANDS[:5] == bytes((0, 0, 0, 0, 1))


def test_a_new_value_makes_one_row_for_the_lowest_nodes_and_few_for_the_rest() -> None:
    rows: dict[bytes, bytes] = {}
    tree = Tree(Nodes(rows.get), Root(), 0)
    change = tree.apply(1, [(b"%04d" % key, b"1") for key in range(1 << 10)])
    assert len(change.rows) < 1.2 * (1 << 10)
    rows.update(change.rows)
    tree.adopt(change)
    change = tree.apply(2, [(b"0500", b"2")])
    rows.update(change.rows)
    counts = [sum(bool(record_in(row, place)) for place in range(PLACES)) for row in change.rows.values()]
    assert counts == [4, tree.nodes.load(change.root.link).height - 3]


def test_nodes_replaced_while_they_are_made_leave_nothing_behind() -> None:
    batch = Batch(Nodes(lambda _: None), 1, (), 0)
    left, right = batch.leaf(b"a", b"1"), batch.leaf(b"b", b"2")
    parent = batch.inner(bytes((1, 0, 0)) + u64(2), left, right, b"b", 1)
    batch.replaced(right)
    assert batch.load(parent).key == b"b"
    batch.replaced(parent)
    batch.replaced(left)
    assert not batch.rows
    assert not batch.orphans
