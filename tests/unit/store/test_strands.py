"""Strands: several nodes in a row of the node table, dead together, none lost."""

import pytest
from qos_native import Nodes, Tree, inner_row, leaf_row, row_key

from qos.base.encoding import u32, u64
from qos.store.errors import StoreDamaged
from qos.store.node import REF_BYTES

PLACES = 8
KEYS = 1 << 10


def reference(strand: int, place: int, version: int = 5) -> bytes:
    return u64(version) + u32(strand * PLACES + place)


def committed(tree: Tree, rows: dict[bytes, bytes], version: int, operations: dict[bytes, bytes | None]) -> bytes:
    link, made, _ = tree.apply(version, sorted(operations.items()))
    rows.update(made)
    tree.adopt()
    return link


def full_tree(rows: dict[bytes, bytes]) -> Tree:
    tree = Tree(rows.get, b"", 0)
    committed(tree, rows, 1, {b"%04d" % key: b"1" for key in range(KEYS)})
    return tree


def records(row: bytes) -> int:
    count = 0
    while row:
        row = row[4 + int.from_bytes(row[:4], "big") :]
        count += 1
    return count


def nodes_below(rows: dict[bytes, bytes], root: bytes) -> list[bytes]:
    nodes, waiting, found = Nodes(rows.get), [root], []
    while waiting:
        node = nodes.load(waiting.pop())
        found.append(node.link[:REF_BYTES])
        waiting += [node.left_link, node.right_link] if node.height else []
    return found


def test_refs_of_one_strand_share_the_key_of_its_row() -> None:
    assert {row_key(reference(77, place)) for place in range(PLACES)} == {reference(77, 0)}


def test_the_first_version_has_hardly_more_rows_than_leaves_and_each_node_once() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    assert KEYS <= len(rows) < 1.2 * KEYS
    found = nodes_below(rows, tree.root)
    assert len(set(found)) == len(found) == 2 * KEYS - 1 == sum(map(records, rows.values()))
    assert {row_key(ref) for ref in found} == rows.keys()


def test_a_new_value_makes_one_row_for_the_lowest_nodes_and_few_for_the_rest() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    link, made, orphans = tree.apply(2, [(b"0500", b"2")])
    rows.update(made)
    assert [records(row) for _, row in made] == [4, Nodes(rows.get).load(link).height - 3]
    assert all(key in rows and row_key(key) == key for key in orphans)


def test_rows_are_made_in_order_of_key() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    _, made, _ = tree.apply(2, [(b"%04d" % key, b"2") for key in range(0, 2 * KEYS, 7)])
    assert [key for key, _ in made] == sorted(key for key, _ in made)


def test_rows_without_a_leaf_stand_behind_the_others_of_their_version() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    _, made, _ = tree.apply(2, [(b"%04d" % key, b"2") for key in range(0, KEYS, 7)])
    heights = [row[4] for _, row in made]
    lower = heights.count(0)
    assert heights[:lower] == [0] * lower
    assert min(heights[lower:]) > 3
    assert {bool(key[8] & 0x80) for key, _ in made[:lower]} == {False}
    assert {bool(key[8] & 0x80) for key, _ in made[lower:]} == {True}


def test_a_first_version_is_numbered_as_it_is_made() -> None:
    rows: dict[bytes, bytes] = {}
    full_tree(rows)
    assert list(rows) == sorted(rows)
    assert not any(key[8] & 0x80 for key in rows)


def test_rows_without_a_living_node_are_named_and_no_others() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    for version in range(2, 40):
        values: list[tuple[bytes, bytes | None]] = [
            (b"%04d" % key, b"2" if key % 3 else None) for key in range(version, 2 * KEYS, 5 * version)
        ]
        _, made, orphans = tree.apply(version, values)
        rows.update(made)
        tree.adopt()
        for key in orphans:
            del rows[key]
        assert {row_key(ref) for ref in nodes_below(rows, tree.root)} == rows.keys()


def test_a_cut_row_is_refused_wherever_it_is_cut() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    root = committed(tree, rows, 2, {b"0500": b"2"})
    for key in [key for key in rows if key[:8] == u64(2)]:
        whole = rows[key]
        for length in range(len(whole)):
            rows[key] = whole[:length]
            with pytest.raises(StoreDamaged, match="is missing or fails its check"):
                Nodes(rows.get).find(root, b"0500")
        rows[key] = whole


def test_a_changed_row_is_refused_wherever_it_is_changed() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    root = committed(tree, rows, 2, {b"0500": b"2"})
    key = root[: REF_BYTES - 1] + bytes((root[REF_BYTES - 1] & 0xF8,))
    whole = rows[key]
    for at in range(len(whole)):
        rows[key] = whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :]
        with pytest.raises(StoreDamaged):
            Nodes(rows.get).find(root, b"0500")


def test_a_node_with_another_hash_or_of_another_kind_is_refused() -> None:
    link, row = leaf_row(5, 1, b"a", b"1")
    other, other_row = leaf_row(5, 2, b"b", b"2")
    top, top_row = inner_row(5, 3, heights=(1, 0, 0), size=2, left=link, right=other, key=b"b")
    rows = {link[:REF_BYTES]: row, other[:REF_BYTES]: other_row, top[:REF_BYTES]: top_row}
    assert Nodes(rows.get).find(top, b"b") == b"2"
    with pytest.raises(StoreDamaged, match="does not have the hash"):
        Nodes({**rows, other[:REF_BYTES]: row}.get).find(top, b"b")
    wrong, wrong_row = inner_row(5, 4, heights=(2, 0, 1), size=3, left=link, right=link, key=b"b")
    with pytest.raises(StoreDamaged, match="is not the inner node"):
        Nodes({**rows, wrong[:REF_BYTES]: wrong_row}.get).find(wrong, b"b")
    wrong, wrong_row = inner_row(5, 4, heights=(1, 0, 0), size=3, left=link, right=top, key=b"b")
    with pytest.raises(StoreDamaged, match="is not the leaf"):
        Nodes({**rows, wrong[:REF_BYTES]: wrong_row}.get).find(wrong, b"b")


def test_long_keys_and_values_are_kept() -> None:
    rows: dict[bytes, bytes] = {}
    tree = Tree(rows.get, b"", 0)
    values: dict[bytes, bytes | None] = {bytes((number,)) * 480: bytes(1 << 20) for number in (1, 2, 3)}
    root = committed(tree, rows, 1, values)
    assert dict(Nodes(rows.get).pairs(root, b"", None)) == values


def test_operations_out_of_order_are_refused() -> None:
    tree = Tree(dict[bytes, bytes]().get, b"", 0)
    for keys in ((b"b", b"a"), (b"a", b"a")):
        with pytest.raises(ValueError, match="not sorted"):
            tree.apply(1, [(key, b"1") for key in keys])


def test_what_was_prepared_and_not_adopted_leaves_nothing_behind() -> None:
    rows: dict[bytes, bytes] = {}
    tree = full_tree(rows)
    before = tree.root
    dropped, _, _ = tree.apply(2, [(b"0001", b"x"), (b"zz", b"y")])
    again, made, _ = tree.apply(2, [(b"0002", None)])
    assert tree.root == before
    rows.update(made)
    tree.adopt()
    assert tree.root == again != dropped
    assert [tree.find(key) for key in (b"0001", b"0002", b"zz")] == [b"1", None, None]
    assert len(list(tree.pairs(b"", None))) == KEYS - 1
