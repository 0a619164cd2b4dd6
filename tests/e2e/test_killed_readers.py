"""A reader process that is killed amid a read leaves its slot in LMDB's lock file: the writer finds and frees it."""

import subprocess
import sys
from pathlib import Path

import pytest

from qos.store.io.lmdb import DATA_FILE, open_store
from qos.store.multistore import MultiStore

pytestmark = pytest.mark.e2e
BEFORE = 100
STORES = {"bank": 2}
VERSIONS = 200
READER = """
import sys, time
from pathlib import Path
from qos.store.io.lmdb import open_store
store = open_store(Path(sys.argv[1]), {"bank": 2}, readonly=True)
reader = store.at(store.version)
print("reads", flush=True)
time.sleep(600)
"""


def commit(store: MultiStore, count: int) -> None:
    for _ in range(count):
        version = store.version + 1
        store.apply(version, {"bank": {b"%d" % key: b"%d" % version for key in range(200)}})
        store.commit()


def occupied(path: Path) -> int:
    return (path / DATA_FILE).stat().st_blocks


def size_after(path: Path, *, killed: bool) -> int:
    """Return the space a store takes after many versions, of which all but two were pruned."""
    store = open_store(path, STORES, keep_versions=2)
    commit(store, BEFORE)
    if killed:
        reader = subprocess.Popen([sys.executable, "-c", READER, str(path)], stdout=subprocess.PIPE)
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reads\n"
        reader.kill()
        reader.wait()
        reader.stdout.close()
    commit(store, VERSIONS)
    store.close()
    return occupied(path)


def test_the_file_does_not_grow_for_a_reader_that_was_killed(tmp_path: Path) -> None:
    without = size_after(tmp_path / "without", killed=False)
    after_a_kill = size_after(tmp_path / "killed", killed=True)
    assert after_a_kill < 2 * without
