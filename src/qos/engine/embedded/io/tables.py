"""LMDB tables whose rows carry a check: LMDB has none for its pages, and a changed byte must not be answered.

Every value begins with the CRC-32 of key and value. An index has several positions a key, sorted, each with its check.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import lmdb

from qos.engine.embedded.io.rows import Pair, checked, index_row, position
from qos.store.errors import StoreDamaged, StoreError, StoreFull
from qos.store.io.lmdb import WRITES_PER_LOOK
from qos.store.io.pages import check_file, map_bytes

MAX_ROW_BYTES: Final = 128 * 1024 * 1024
"""More than any block has; a longer row is a damaged length, not to be followed."""

REMEDY: Final = "restore the node's data or reset it"


class CheckedTables:
    """The tables and indexes of a folder. One writer; others, also processes, read at any time.

    Raises (any read): StoreDamaged.
    """

    def __init__(
        self, folder: Path, tables: Sequence[str], indexes: Sequence[str], *, readonly: bool, least_map_bytes: int
    ) -> None:
        """Open or create the environment; `readonly` opens what another process writes.

        Raises: StoreDamaged naming the file, OSError.
        """
        if not readonly:
            folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._writes = 0
        file = folder / "data.mdb"
        if file.exists():
            check_file(file)
        try:
            self._env = lmdb.open(
                str(folder),
                map_size=map_bytes(file, least_map_bytes),
                max_dbs=len(tables) + len(indexes),
                readahead=False,
                readonly=readonly,
                create=not readonly,
            )
            made = not readonly
            self._tables = {name: self._env.open_db(name.encode(), create=made) for name in tables}
            self._tables |= {
                name: self._env.open_db(name.encode(), dupsort=True, dupfixed=True, create=made) for name in indexes
            }
            self._env.reader_check()
        except lmdb.Error as error:
            raise StoreDamaged(f"{file} cannot be opened as block store: {error}; {REMEDY}") from None

    def close(self) -> None:
        """Release the files."""
        self._env.close()

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the value under a key."""
        with self._transaction(table) as txn:
            found = txn.get(key)
            if found is not None and len(found) > MAX_ROW_BYTES:
                raise StoreDamaged(f"{self.folder}: table {table} has a row of {len(found)} bytes; {REMEDY}")
            row = None if found is None else bytes(found)
        if row is None:
            return None
        value = row[4:]
        if checked(key, value) != row[:4]:
            raise StoreDamaged(f"{self.folder}: table {table}, row {key.hex()} was changed; {REMEDY}")
        return value

    @contextmanager
    def cursor(self, table: str) -> Iterator[lmdb.Cursor]:
        """Give a cursor over a table."""
        with self._transaction(table) as txn, txn.cursor() as cursor:
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[lmdb.Transaction]:
        """Give a transaction that is durable when the context ends. Raises: StoreFull, StoreError."""
        self._writes += 1
        try:
            if self._writes % WRITES_PER_LOOK == 0:
                self._env.reader_check()
            with self._env.begin(write=True) as txn:
                yield txn
        except lmdb.MapFullError:
            reserved = self._env.info()["map_size"]
            raise StoreFull(f"{self.folder} fills the {reserved} bytes reserved for it: start again for more") from None
        except lmdb.Error as error:
            raise StoreError(f"the block cannot be stored in {self.folder}: {error}") from None

    def put(self, txn: lmdb.Transaction, table: str, pairs: list[Pair]) -> None:
        """Write values with their checks."""
        for key, value in pairs:
            txn.put(key, checked(key, value) + value, db=self._tables[table])

    def index(self, txn: lmdb.Transaction, table: str, entries: list[Pair]) -> None:
        """Add positions to an index."""
        with txn.cursor(self._tables[table]) as cursor:
            cursor.putmulti(sorted((key, index_row(key, at)) for key, at in entries))

    def delete(self, txn: lmdb.Transaction, table: str, key: bytes) -> None:
        """Remove the value under a key."""
        txn.delete(key, db=self._tables[table])

    def delete_entries(self, txn: lmdb.Transaction, table: str, entries: list[Pair]) -> None:
        """Take positions out of an index."""
        for key, at in entries:
            txn.delete(key, index_row(key, at), db=self._tables[table])

    def entries(self, table: str, key: bytes, since: bytes) -> Iterator[tuple[int, int]]:
        """Yield the positions an index has under a key, ascending from `since`."""
        with self.cursor(table) as cursor:
            if not cursor.set_range_dup(key, since):
                return
            for row in cursor.iternext_dup():
                if row != index_row(key, bytes(row[:12])):
                    raise StoreDamaged(f"{self.folder}: table {table}, key {key.hex()} was changed; {REMEDY}")
                yield position(row)

    @contextmanager
    def _transaction(self, table: str) -> Iterator[lmdb.Transaction]:
        """Open a table for reading; values are views, to be measured before they are touched."""
        try:
            with self._env.begin(db=self._tables[table], buffers=True) as txn:
                yield txn
        except lmdb.Error as error:
            raise StoreDamaged(f"{self.folder}: table {table} cannot be read: {error}; {REMEDY}") from None
