"""The store on disk: what is refused when it is opened, and what stays after it is closed."""

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qos.base.encoding import u32
from qos.store.backend import Puts
from qos.store.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, UnknownVersion
from qos.store.io.lmdb import CORE_TABLES, CRASH_POINTS, DATA_FILE, LmdbBackend, open_store
from qos.store.layout import FORMAT, LATEST, META, nodes_table
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.node import sealed
from qos.store.proofs import proven_value

STORES = {"acc": 1, "bank": 2}
META_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TABLES = [*CORE_TABLES, *(nodes_table(number) for number in STORES.values())]


def filled(path: Path, versions: int = 5) -> bytes:
    """Make a store of some versions and return its app hash."""
    store = open_store(path, STORES, keep_versions=3)
    for version in range(1, versions + 1):
        store.apply(version, {"bank": {b"%03d" % key: b"%d" % version for key in range(0, 90, version)}})
        store.commit()
    store.close()
    return store.app_hash


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "data"
    filled(path)
    return path


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "data")
    return tmp_path / "data"


def test_a_reopened_store_is_where_it_was(tmp_path: Path) -> None:
    app_hash = filled(tmp_path)
    memory = MultiStore(MemoryBackend(), STORES)
    store = open_store(tmp_path, STORES, keep_versions=3)
    assert (store.version, store.oldest_version, store.app_hash) == (5, 3, app_hash)
    assert store.reader().get("bank", b"005") == b"5"
    assert store.reader().get("bank", b"0055") is None
    assert store.at(3).get("bank", b"003") == b"3"
    with pytest.raises(UnknownVersion):
        store.at(2)
    for version in range(1, 6):
        memory.apply(version, {"bank": {b"%03d" % key: b"%d" % version for key in range(0, 90, version)}})
        memory.commit()
    assert memory.app_hash == app_hash
    assert list(store.reader().scan("bank", b"", None)) == list(memory.reader().scan("bank", b"", None))
    store.close()


def test_an_open_reader_keeps_its_version_while_blocks_are_committed(copy: Path) -> None:
    store = open_store(copy, STORES, keep_versions=2)
    with store.at(5) as reader:
        for version in range(6, 50):
            store.apply(version, {"bank": {b"%03d" % key: b"%d" % version for key in range(90)}})
            store.commit()
        assert reader.get("bank", b"003") == b"3"
        assert dict(reader.scan("bank", b"", None))[b"005"] == b"5"
    store.close()


def test_another_process_reads_what_is_committed_and_cannot_write(copy: Path) -> None:
    store = open_store(copy, STORES)
    program = f"""
from pathlib import Path
from qos.store.errors import StoreBusy
from qos.store.io.lmdb import open_store
stores = {STORES!r}
path = Path({str(copy)!r})
reader = open_store(path, stores, readonly=True)
print(reader.version, reader.reader().get("bank", b"000").decode(), flush=True)
try:
    open_store(path, stores)
except StoreBusy as error:
    print("busy", str(path) in str(error), flush=True)
input()
reader.refresh()
print(reader.version, reader.reader().get("bank", b"000").decode(), flush=True)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "5 5\n"
    assert child.stdout.readline() == "busy True\n"
    store.apply(6, {"bank": {b"000": b"six"}})
    store.commit()
    child.stdin.write("\n")
    assert child.stdout.readline() == "6 six\n"
    child.stdin.close()
    child.stdout.close()
    assert child.wait(30) == 0
    store.close()


def test_a_second_writer_is_refused_and_harms_nothing(copy: Path) -> None:
    store = open_store(copy, STORES)
    with pytest.raises(StoreBusy, match=copy.name):
        open_store(copy, STORES)
    store.apply(6, {"bank": {b"000": b"six"}})
    store.commit()
    store.close()
    again = open_store(copy, STORES)
    assert again.reader().get("bank", b"000") == b"six"
    again.close()


def test_there_is_nothing_to_read_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        open_store(tmp_path, STORES, readonly=True)
    assert not (tmp_path / DATA_FILE).exists()


@pytest.mark.parametrize("kept", [0, 1, 100, 4096, 5000, 8191, 8192, 20_000, 0.5, -4096, -1])
@pytest.mark.parametrize("readonly", [False, True])
def test_a_truncated_file_is_refused_by_name(copy: Path, kept: float, readonly: bool) -> None:
    file = copy / DATA_FILE
    size = file.stat().st_size
    os.truncate(file, size // 2 if kept == 0.5 else int(kept) % size)
    content = file.read_bytes()
    with pytest.raises(StoreDamaged, match=str(file)):
        open_store(copy, STORES, readonly=readonly)
    assert file.read_bytes() == content


def test_a_lost_file_is_not_replaced_by_an_empty_one(copy: Path) -> None:
    (copy / DATA_FILE).unlink()
    with pytest.raises(StoreDamaged, match="missing"):
        open_store(copy, STORES)
    assert not (copy / DATA_FILE).exists()


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize("offset", [0, 10, 16, 20, 40, 144, 145])
def test_a_damaged_meta_page_is_refused_by_name(copy: Path, page: int, offset: int) -> None:
    file = copy / DATA_FILE
    with file.open("r+b") as stream:
        stream.seek(page * 4096 + offset)
        byte = stream.read(1)
        stream.seek(page * 4096 + offset)
        stream.write(bytes((byte[0] ^ 0x5A,)))
    with pytest.raises(StoreDamaged, match=str(file)):
        open_store(copy, STORES)


def test_a_file_from_before_the_last_commit_is_refused(tmp_path: Path) -> None:
    """Meta pages put back to an older pair point to tables that were overwritten since."""
    filled(tmp_path)
    file = tmp_path / DATA_FILE
    old = file.read_bytes()[:8192]
    store = open_store(tmp_path, STORES, keep_versions=3)
    for version in range(6, 30):
        store.apply(version, {"bank": {b"%03d" % key: b"%d" % version for key in range(90)}})
        store.commit()
    store.close()
    with file.open("r+b") as stream:
        stream.write(old)
    with pytest.raises(StoreDamaged):
        open_store(tmp_path, STORES)


def test_a_state_of_an_older_format_is_refused_by_its_number_and_stays_as_it_is(copy: Path) -> None:
    """That format had one table more, which nobody opens."""
    backend = LmdbBackend(copy, [*TABLES, "flat"])
    row = backend.snapshot().getter(META)(LATEST)
    assert row is not None
    older = sealed(u32(FORMAT - 1) + row[4:-4])
    backend.write([Puts(table="flat", pairs=[(b"k", b"v")]), Puts(table=META, pairs=[(LATEST, older)])])
    backend.close()
    content = (copy / DATA_FILE).read_bytes()
    for readonly in (False, True):
        with pytest.raises(StoreError, match=f"format {FORMAT - 1}"):
            open_store(copy, STORES, readonly=readonly)
    assert (copy / DATA_FILE).read_bytes() == content


def test_every_crash_point_is_passed_in_order(tmp_path: Path) -> None:
    passed: list[int] = []
    store = open_store(tmp_path, STORES, crash_point=passed.append)
    store.apply(1, {"bank": {b"a": b"1"}})
    assert not passed
    store.commit()
    assert passed == list(CRASH_POINTS)
    store.close()


def test_a_store_is_added_to_an_old_environment(copy: Path) -> None:
    store = open_store(copy, {**STORES, "gov": 3})
    store.apply(6, {"gov": {b"a": b"1"}})
    store.commit()
    store.close()
    again = open_store(copy, {**STORES, "gov": 3})
    assert again.reader().get("gov", b"a") == b"1"
    again.close()
    with pytest.raises(StoreError):
        open_store(copy, STORES)


def test_threads_read_and_prove_kept_versions_while_blocks_are_committed(copy: Path) -> None:
    store = open_store(copy, STORES, keep_versions=3)
    done = threading.Event()

    def read() -> int:
        rounds = 0
        while not done.is_set() or not rounds:
            version = store.version
            try:
                proof = store.prove(version, "bank", b"000")
            except UnknownVersion:
                continue
            assert proof.value is not None
            assert proven_value(proof.operations, proof.app_hash, "bank", b"000") == proof.value
            assert int(proof.value) == version
            rounds += 1
        return rounds

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for version in range(6, 40):
            store.apply(version, {"bank": {b"%03d" % key: b"%d" % version for key in range(0, 90, 3)}})
            store.commit()
        done.set()
        assert all(reader.result(30) > 0 for reader in readers)
    store.close()


def test_a_full_file_is_told_loses_nothing_and_the_next_start_makes_room(tmp_path: Path) -> None:
    def opened() -> MultiStore:
        return MultiStore(LmdbBackend(tmp_path, TABLES, least_map_bytes=1 << 21), STORES, keep_versions=2)

    def grow(store: MultiStore, version: int) -> bytes:
        store.apply(version, {"bank": {b"%05d" % (version * 100 + key): bytes(500) for key in range(100)}})
        store.commit()
        return store.app_hash

    store, app_hash = opened(), b""
    with pytest.raises(StoreFull, match="start again"):
        for version in range(1, 1_000):
            app_hash = grow(store, version)
    written = store.version
    store.close()
    store = opened()
    assert (store.version, store.app_hash) == (written, app_hash)
    for version in range(written + 1, written + 11):
        grow(store, version)
    assert store.version == written + 10
    store.close()


@pytest.mark.parametrize("lost_at", [5, 6])
def test_a_power_cut_may_take_back_the_newest_version_as_a_whole(tmp_path: Path, lost_at: int) -> None:
    """The page that names it reached no disk: the version before stands, and the block leads where it led before."""
    store = open_store(tmp_path, STORES, keep_versions=3)
    file = tmp_path / DATA_FILE
    hashes, metas = [], []
    for version in range(1, lost_at + 1):
        metas.append(file.read_bytes()[: 2 * META_PAGE_BYTES])
        hashes.append(store.apply(version, {"bank": {b"k%d" % (version % 3): b"%d" % version, b"n%d" % version: b"1"}}))
        store.commit()
    store.close()
    with file.open("r+b") as pages:
        pages.write(metas[-1])
    again = open_store(tmp_path, STORES, keep_versions=3)
    assert (again.version, again.app_hash) == (lost_at - 1, hashes[-2])
    with again.at(lost_at - 1) as reader:
        assert dict(reader.scan("bank", b"", None)) == dict(again.reader().scan("bank", b"", None))
    writes = {"bank": {b"k%d" % (lost_at % 3): b"%d" % lost_at, b"n%d" % lost_at: b"1"}}
    assert again.apply(lost_at, writes) == hashes[-1]
    again.commit()
    again.close()


def test_the_file_stands_still_once_old_versions_go(tmp_path: Path) -> None:
    store = open_store(tmp_path, STORES, keep_versions=2)

    def occupied_after(blocks: int) -> int:
        for _ in range(blocks):
            version = store.version + 1
            # An order that looks like chance: each block writes other keys, over the whole tree.
            store.apply(version, {"bank": {b"%03d" % (version * key * 7 % 997): b"%d" % version for key in range(40)}})
            store.commit()
        return (tmp_path / DATA_FILE).stat().st_blocks

    settled = occupied_after(270)
    assert occupied_after(60) <= settled + settled // 20
    store.close()
