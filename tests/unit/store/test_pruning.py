"""Dead nodes: spread over buckets, deleted once, found again after a restart."""

import pytest
from qos_native import Dead

from qos.base.encoding import u32, u64
from qos.store.backend import Deletes, Puts
from qos.store.errors import StoreDamaged
from qos.store.layout import ORPHANS, REFS_IN_ROW, Latest, nodes_table, orphan_rows, refs_of, store_prefix
from qos.store.memory import MemoryBackend
from qos.store.node import REF_BYTES, sealed
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
    pruning.expire(10, b"row", b"".join(reversed(dead)))
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
    pruning.expire(1, b"row", b"".join(u64(7) + u32(nonce) for nonce in range(8, 40_960, 8)))
    taken = [pruning.take(version)[0].keys for version in range(1, 1 + BUCKETS)]
    assert [len(keys) for keys in taken if keys] == [511, *[512] * 9]


def test_a_large_version_is_spread_evenly_over_a_round() -> None:
    pruning = Pruning("nodes.2")
    pruning.expire(1, b"row", b"".join(u64(7) + u32(nonce) for nonce in range(0, 512 * 8 * 2 * BUCKETS, 512)))
    assert {len(pruning.take(version)[0].keys) for version in range(1, 1 + BUCKETS)} == {16}


def test_a_long_orphan_list_is_kept_in_parts_and_expires_whole() -> None:
    dead = refs(REFS_IN_ROW + 5)
    rows = orphan_rows(BANK, 5, dead)
    assert [len(refs_of(row)) for _, row in rows] == [REFS_IN_ROW * REF_BYTES, 5 * REF_BYTES]
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


def test_lists_that_expire_at_different_times_are_done_a_round_later_each() -> None:
    pruning = Pruning("nodes.2")
    pruning.expire(10, b"first", b"".join(refs(3)))
    pruning.take(10)
    pruning.expire(11, b"second", b"".join(refs(3, 2)))
    done = {version: rows for version in range(11, 20 + BUCKETS) if (rows := pruning.take(version)[1])}
    assert done == {10 + BUCKETS: [b"first"], 11 + BUCKETS: [b"second"]}


def test_a_cut_list_is_refused_and_nothing_of_it_waits() -> None:
    with pytest.raises(StoreDamaged, match="cut"):
        refs_of(sealed(bytes(13)))
    dead = Dead(BUCKETS)
    with pytest.raises(ValueError, match="12 bytes"):
        dead.add(bytes(13))
    dead.add(bytes(24))
    assert (len(dead), dead.take(0), len(dead)) == (2, [bytes(12)] * 2, 0)
    with pytest.raises(ValueError, match="bucket"):
        Dead(0)


def test_an_empty_list_has_no_row() -> None:
    assert orphan_rows(BANK, 5, []) == []
