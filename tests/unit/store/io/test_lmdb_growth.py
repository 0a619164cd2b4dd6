"""What a state takes on the disk while all of it is written again and again."""

import random
from pathlib import Path

import pytest

from qos.store.io.lmdb import DATA_FILE, open_store
from qos.store.multistore import MultiStore
from qos.store.pruning import BUCKETS

KEYS, WRITTEN, KEPT = 10_000, 300, 20


def run(store: MultiStore, chance: random.Random, blocks: int) -> None:
    for _ in range(blocks):
        version = store.version + 1
        store.apply(version, {"bank": {b"%08d" % chance.randrange(KEYS): b"%d" % version for _ in range(WRITTEN)}})
        store.commit()


@pytest.mark.long
def test_the_file_stops_growing_once_window_and_buckets_are_full(tmp_path: Path) -> None:
    store = open_store(tmp_path, {"bank": 2}, keep_versions=KEPT)
    store.apply(1, {"bank": {b"%08d" % key: b"0" for key in range(KEYS)}})
    store.commit()
    chance = random.Random(5)
    run(store, chance, 2 * BUCKETS)
    before = (tmp_path / DATA_FILE).stat().st_size
    run(store, chance, 2 * BUCKETS)
    after = (tmp_path / DATA_FILE).stat().st_size
    store.close()
    assert after < before * 1.1
