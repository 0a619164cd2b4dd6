"""Dead nodes: spread over buckets, deleted once, found again after a restart."""

from qos.base.encoding import u32, u64
from qos.store.backend import Deletes, Puts
from qos.store.layout import ORPHANS, REFS_IN_ROW, Latest, nodes_table, orphan_rows, refs_of, store_prefix
from qos.store.memory import MemoryBackend
from qos.store.pruning import BUCKETS, Pruning, Window

BANK = store_prefix(2)


def refs(count: int, version: int = 1) -> list[bytes]:
    return [u64(version) + u32(nonce * 40_000) for nonce in range(1, count + 1)]


def latest(version: int, oldest: int) -> Latest:
    return Latest(version=version, oldest=oldest, app_hash=bytes(32))


def deleted(steps: list[Deletes], table: str) -> list[bytes]:
    return [key for step in steps if step.table == table for key in step.keys]


def test_each_dead_node_is_deleted_once_within_a_round_of_buckets() -> None:
    pruning = Pruning("nodes.2")
    dead = refs(500)
    pruning.expire(10, b"row", reversed(dead))
    taken: list[bytes] = []
    for version in range(10, 10 + BUCKETS):
        step, rows = pruning.take(version)
        assert list(step.keys) == sorted(step.keys)
        assert not rows
        taken += step.keys
    assert sorted(taken) == dead
    step, rows = pruning.take(10 + BUCKETS)
    assert (list(step.keys), rows) == ([], [b"row"])


def test_neighbours_in_the_node_table_go_together() -> None:
    pruning = Pruning("nodes.2")
    pruning.expire(1, b"row", [u64(7) + u32(nonce) for nonce in range(1, 60_000, 100)])
    sizes = [len(pruning.take(version)[0].keys) for version in range(1, 1 + BUCKETS)]
    assert sorted(sizes)[-1] == sum(sizes)


def test_a_long_orphan_list_is_kept_in_parts_and_expires_whole() -> None:
    dead = refs(REFS_IN_ROW + 5)
    rows = orphan_rows(BANK, 5, dead)
    assert [len(refs_of(row)) for _, row in rows] == [REFS_IN_ROW, 5]
    backend = MemoryBackend()
    backend.write([Puts(table=ORPHANS, pairs=rows)])
    get = backend.snapshot().getter(ORPHANS)
    window = Window({"bank": 2}, backend.snapshot(), latest(9, 4))
    taken: list[bytes] = []
    steps: list[Deletes] = []
    for version in range(10, 10 + BUCKETS + 1):
        steps = window.steps(latest(version - 1, version - 6), latest(version, version - 5), get)
        taken += deleted(steps, nodes_table(2))
    assert sorted(taken) == dead
    assert deleted(steps, ORPHANS) == [key for key, _ in rows]


def test_lists_behind_the_window_are_taken_up_at_the_start() -> None:
    backend = MemoryBackend()
    backend.write([Puts(table=ORPHANS, pairs=orphan_rows(BANK, version, refs(3, version))) for version in (4, 5, 6)])
    window = Window({"bank": 2}, backend.snapshot(), latest(9, 5))
    taken: list[bytes] = []
    for version in range(10, 10 + BUCKETS):
        taken += deleted(window.steps(latest(version, 5), latest(version, 5), lambda _: None), nodes_table(2))
    assert sorted(taken) == refs(3, 4) + refs(3, 5)


def test_an_empty_list_has_no_row() -> None:
    assert orphan_rows(BANK, 5, []) == []
