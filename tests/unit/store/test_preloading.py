"""Upper levels of a tree are read ahead of the updates that need them: all of them, a few at a time, none too deep."""

import pytest
from qos_native import Nodes, Tree

from qos.store.node import REF_BYTES

KEYS = 12_000
PRELOAD_STEP = 5_000


class Table:
    """Rows, and how often one was read."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.reads = 0

    def get(self, key: bytes) -> bytes | None:
        self.reads += 1
        return self.rows.get(key)


def committed(tree: Tree, table: Table, version: int, value: bytes, step: int = 1) -> None:
    _, rows, _ = tree.apply(version, [(b"%05d" % key, value) for key in range(0, KEYS, step)])
    table.rows.update(rows)
    tree.adopt()


def reopened(table: Table, levels: int) -> Tree:
    made = Tree(table.get, b"", levels)
    committed(made, table, 1, b"1")
    table.reads = 0
    return Tree(table.get, made.root, levels)


def inner_nodes(tree: Tree, table: Table, levels: int) -> int:
    """Count the inner nodes of the upper levels."""
    found: set[bytes] = set()
    nodes, waiting = Nodes(table.get), [(tree.root, 1)]
    while waiting:
        link, depth = waiting.pop()
        node = nodes.load(link)
        if depth <= levels and node.height:
            found.add(link[:REF_BYTES])
            waiting += [(node.left_link, depth + 1), (node.right_link, depth + 1)]
    return len(found)


def test_all_nodes_of_the_kept_levels_and_no_others_are_in_memory_at_the_end() -> None:
    for levels in (1, 5, 30):
        table = Table()
        tree = reopened(table, levels)
        while tree.preload():
            pass
        assert tree.kept == inner_nodes(tree, table, levels)
        assert not tree.preload()


def test_a_call_reads_no_more_than_a_step_and_comes_further() -> None:
    table = Table()
    tree = reopened(table, 30)
    calls, before = 1, 0
    while tree.preload():
        calls += 1
        assert before < tree.kept <= before + PRELOAD_STEP + 30
        before = tree.kept
    assert calls >= KEYS // PRELOAD_STEP


def test_blocks_between_two_calls_leave_no_dead_node_and_no_gap() -> None:
    table = Table()
    tree = reopened(table, 30)
    version = 2
    while tree.preload():
        committed(tree, table, version, b"%d" % version, step=3)
        version += 1
    assert version > 3
    assert tree.kept == inner_nodes(tree, table, 30)


def test_an_update_of_preloaded_paths_reads_nothing() -> None:
    table = Table()
    tree = reopened(table, 30)
    while tree.preload():
        pass
    table.reads = 0
    committed(tree, table, 2, b"2", step=7)
    # The first leaf has no separator above it that says its key.
    assert table.reads <= 1


@pytest.mark.parametrize("levels", [0, 3])
def test_an_empty_tree_and_no_kept_levels_have_nothing_to_read(levels: int) -> None:
    assert not Tree(lambda _: None, b"", levels).preload()
    table = Table()
    tree = reopened(table, 0)
    assert not tree.preload()
    assert table.reads <= 1  # the root, when it was opened
