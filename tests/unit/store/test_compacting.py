"""A store that was written anew holds the same versions, goes on with the next one, and is smaller."""

import os
from pathlib import Path

import pytest

from qos.store.errors import StoreDamaged
from qos.store.io.compacting import compact_copy
from qos.store.io.lmdb import open_store

STORES = {"bank": 2}
VERSIONS = 30


def fill(folder: Path) -> bytes:
    """Write versions of which only two are kept; returns the last app hash."""
    store = open_store(folder, STORES, keep_versions=2)
    for version in range(1, VERSIONS + 1):
        store.apply(version, {"bank": {b"k%d" % key: os.urandom(200) for key in range(200)}})
        store.commit()
    app_hash = store.app_hash
    store.close()
    return app_hash


def used(folder: Path) -> int:
    return (folder / "data.mdb").stat().st_blocks * 512


def test_the_copy_holds_the_same_and_takes_less(tmp_path: Path) -> None:
    app_hash = fill(tmp_path / "old")
    compact_copy(tmp_path / "old", tmp_path / "new")
    assert used(tmp_path / "new") < used(tmp_path / "old")
    old, new = (open_store(tmp_path / name, STORES, keep_versions=2) for name in ("old", "new"))
    assert (new.version, new.app_hash) == (VERSIONS, app_hash)
    assert new.oldest_version == old.oldest_version
    for store in (old, new):
        store.apply(VERSIONS + 1, {"bank": {b"k1": b"changed"}})
        store.commit()
    assert old.app_hash == new.app_hash
    for store in (old, new):
        store.close()
    again = open_store(tmp_path / "new", STORES, readonly=True)
    assert again.version == VERSIONS + 1
    again.close()


def test_a_cut_file_is_not_copied(tmp_path: Path) -> None:
    fill(tmp_path / "old")
    os.truncate(tmp_path / "old" / "data.mdb", 10_000)
    with pytest.raises(StoreDamaged):
        compact_copy(tmp_path / "old", tmp_path / "new")
