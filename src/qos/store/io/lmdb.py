"""The LMDB backend: one environment, one write transaction a block, many readers.

One process writes, guarded by a lock on `writer.lock`; others may open the environment `readonly`.
LMDB checks no pages: the file is examined before it is mapped, a value's length is checked before its
bytes are touched, and the rows carry checks of their own (`layout`, `node`).
"""

import fcntl
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import lmdb

from qos.base.encoding import u64
from qos.store.backend import Clear, Puts, Step
from qos.store.errors import StoreBusy, StoreDamaged, StoreError, StoreFull
from qos.store.io.pages import check_file, map_bytes
from qos.store.io.snapshot import LmdbSnapshot
from qos.store.layout import COMMIT, META, ORPHANS, ROOTS, nodes_table
from qos.store.multistore import CACHE_LEVELS, MultiStore
from qos.store.node import sealed
from qos.store.notes import NOTES

MAP_BYTES = 64 << 30
"""Address space reserved for the file, at least; nothing is allocated."""

SPARE_BYTES = 4 << 20
"""Length of the file behind the last page, at least: more than the longest row. It takes no room on the disk."""

WRITES_PER_LOOK = 8
"""How often a slot is looked for that a killed reader left behind."""

CRASH_POINTS = range(1, 6)
"""Before the transaction, behind its first step, amid its steps, behind all, behind the commit."""

CORE_TABLES = (ROOTS, ORPHANS, COMMIT, NOTES, META)
FILE = b"file"
DATA_FILE = "data.mdb"
LOCK_FILE = "writer.lock"


def _no_crash(point: int) -> None:
    """Do nothing at a crash point."""


class LmdbBackend:
    """The tables of one environment."""

    def __init__(
        self,
        path: Path,
        tables: Sequence[str],
        *,
        readonly: bool = False,
        least_map_bytes: int = MAP_BYTES,
        crash_point: Callable[[int], None] = _no_crash,
    ) -> None:
        """Open or make the environment in the folder `path`.

        `crash_point` is called with each of `CRASH_POINTS` in every `write` (tests kill the process there).
        Raises: StoreBusy; StoreDamaged naming the file; StoreError when there is nothing to open `readonly`.
        """
        self._path = path
        self._file = path / DATA_FILE
        self._crash_point = crash_point
        self._least_map_bytes = least_map_bytes
        self._writes = 0
        self._lock: int | None = None
        if not readonly:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _take_lock(path / LOCK_FILE)
        try:
            self._environment = self._opened(len(tables), readonly=readonly)
            self._tables = self._open_tables(tables, readonly=readonly)
            # A killed reader leaves its slot behind, which would hold back the reuse of pages for ever.
            self._environment.reader_check()
        except lmdb.Error as error:
            self._release()
            raise StoreDamaged(f"{self._file} cannot be opened: {error}") from None
        except StoreError:
            self._release()
            raise

    def _opened(self, tables: int, *, readonly: bool) -> lmdb.Environment:
        """Map the file, after a look at it. A marked lock file tells a lost file from one never made."""
        if self._file.exists() and (self._file.stat().st_size or readonly or self._is_marked()):
            check_file(self._file)
        elif readonly:
            raise StoreError(f"there is no store in {self._path}")
        elif self._is_marked():
            raise StoreDamaged(f"{self._file} is missing")
        return lmdb.open(
            str(self._path),
            map_size=map_bytes(self._file, self._least_map_bytes),
            max_dbs=tables,
            max_readers=512,
            max_spare_txns=16,
            readonly=readonly,
            meminit=False,
            readahead=False,
            # The page that names a version reaches the disk with the next one at the latest: a power cut may take the
            # newest version back, whole, and the engine gives its block again.
            metasync=False,
        )

    def _is_marked(self) -> bool:
        return self._lock is not None and os.fstat(self._lock).st_size > 0

    def _open_tables(self, names: Sequence[str], *, readonly: bool) -> "dict[str, lmdb._Database]":
        """Open the tables; make those that are missing in one transaction. Raises: StoreDamaged, StoreError."""
        with self._environment.begin() as transaction:
            present = list(transaction.cursor().iternext(values=False)) if transaction.stat()["entries"] else []
        tables = {
            name: self._environment.open_db(name.encode(), create=False) for name in names if name.encode() in present
        }
        if META in tables:
            self._check_stamp(tables[META])
        missing = [name for name in names if name not in tables]
        if (present or self._is_marked()) and any(name in CORE_TABLES for name in missing):
            raise StoreDamaged(f"{self._file} has lost table {missing[0]}")
        if missing and readonly:
            raise StoreError(f"{self._file} has no table {missing[0]}")
        if missing:
            with self._environment.begin(write=True) as transaction:
                for name in missing:
                    tables[name] = self._environment.open_db(name.encode(), transaction)
                self._stamp(transaction, tables[META])
        if self._lock is not None and not self._is_marked():
            os.write(self._lock, b"qos store\n")
        return tables

    def _stamp(self, transaction: lmdb.Transaction, meta: "lmdb._Database") -> None:
        """Write which transaction this is, and the file's length, extended so that LMDB rarely does it.

        The empty end of the file also takes reads that a damaged length or offset leads past the last page.
        """
        info = self._environment.info()
        size = self._file.stat().st_size
        wanted = (info["last_pgno"] + 1) * transaction.stat()["psize"] + SPARE_BYTES
        if size < wanted:
            size = wanted + SPARE_BYTES
            os.truncate(self._file, size)
        transaction.put(FILE, sealed(u64(transaction.id()) + u64(size)), db=meta)

    def _check_stamp(self, meta: "lmdb._Database") -> None:
        """Compare the stamp with the transaction and the file found. Raises: StoreDamaged."""
        with self._environment.begin() as transaction:
            row, found = transaction.get(FILE, db=meta), transaction.id()
        if row is None or len(row) != 20 or sealed(row[:16]) != row:
            raise StoreDamaged(f"{self._file} has no stamp")
        if int.from_bytes(row[:8], "big") != found:
            raise StoreDamaged(f"{self._file} is not as transaction {found} left it")
        size = self._file.stat().st_size
        if size < int.from_bytes(row[8:16], "big"):
            raise StoreDamaged(f"{self._file} is cut: {size} bytes of {int.from_bytes(row[8:16], 'big')}")

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def snapshot(self) -> LmdbSnapshot:
        """Open the latest committed state."""
        return LmdbSnapshot(self._environment, self._tables)

    def write(self, steps: Sequence[Step]) -> None:
        """Do all steps in one transaction and force it to disk; see `_opened` about the very last one.

        Raises: StoreFull, StoreError when it fails; the process must then stop.
        """
        self._crash_point(1)
        self._writes += 1
        try:
            if self._writes % WRITES_PER_LOOK == 0:
                self._environment.reader_check()
            with self._environment.begin(write=True) as transaction:
                self._stamp(transaction, self._tables[META])
                for number, step in enumerate(steps):
                    self._do(transaction, step)
                    if number in (0, len(steps) // 2):
                        self._crash_point(3 if number else 2)
                self._crash_point(4)
        except lmdb.MapFullError:
            reserved = self._environment.info()["map_size"]
            raise StoreFull(f"{self._file} fills the {reserved} bytes reserved for it: start again for more") from None
        except (lmdb.Error, OSError) as error:
            raise StoreError(f"the block cannot be stored in {self._file}: {error}") from None
        self._crash_point(5)

    def _do(self, transaction: lmdb.Transaction, step: Step) -> None:
        handle = self._tables[step.table]
        if isinstance(step, Clear):
            transaction.drop(handle, delete=False)
            return
        with transaction.cursor(handle) as cursor:
            if isinstance(step, Puts):
                cursor.putmulti(step.pairs, append=step.append)
                return
            find, delete = cursor.set_key, cursor.delete
            for key in step.keys:
                if find(key):
                    delete()

    def close(self) -> None:
        """Force what is not yet on disk there, close the environment and release the lock."""
        if self._lock is not None:
            # A disk that fails now was reported by the write before it; what is lost is what a power cut may take.
            with suppress(lmdb.Error):
                self._environment.sync(True)
        self._environment.close()
        self._release()


def _take_lock(path: Path) -> int:
    """Lock the file for this process, as long as the returned descriptor is open. Raises: StoreBusy."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StoreBusy(f"{path.parent} is in use by another process") from None
    return lock


def open_store(
    path: Path,
    stores: Mapping[str, int],
    *,
    keep_versions: int = 100,
    cache_levels: int = CACHE_LEVELS,
    readonly: bool = False,
    crash_point: Callable[[int], None] = _no_crash,
) -> MultiStore:
    """Open the multistore in the folder `path`; `stores` maps names to ids 1..255.

    `readonly` opens what another process writes: `refresh` follows it, `apply` works, `commit` does not.
    Raises: StoreBusy, StoreDamaged naming the file, StoreError for another format.
    """
    tables = [*CORE_TABLES, *(nodes_table(number) for number in sorted(stores.values()))]
    backend = LmdbBackend(path, tables, readonly=readonly, crash_point=crash_point)
    try:
        return MultiStore(backend, stores, keep_versions=keep_versions, cache_levels=cache_levels, readonly=readonly)
    except StoreError:
        backend.close()
        raise
