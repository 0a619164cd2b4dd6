"""Writing a store anew without the pages that nothing uses: LMDB files never shrink by themselves."""

import os
from pathlib import Path

import lmdb

from qos.base.encoding import u64
from qos.store.errors import StoreDamaged
from qos.store.io.lmdb import DATA_FILE, FILE, MAP_BYTES, SPARE_BYTES
from qos.store.io.pages import check_file, map_bytes
from qos.store.layout import META
from qos.store.node import sealed


def compact_copy(source: Path, target: Path) -> None:
    """Copy the store of a folder, which nobody writes meanwhile, into a new one. Raises: StoreDamaged, OSError."""
    check_file(source / DATA_FILE)
    target.mkdir()
    try:
        environment = lmdb.open(str(source), readonly=True, lock=False, readahead=False)
        try:
            environment.copy(str(target), compact=True)
        finally:
            environment.close()
        _stamp(target)
    except lmdb.Error as error:
        raise StoreDamaged(f"{source / DATA_FILE} cannot be copied: {error}") from None


def _stamp(folder: Path) -> None:
    """Write anew which transaction left the file and how long it is: the copy counts transactions from one."""
    file = folder / DATA_FILE
    size = file.stat().st_size + SPARE_BYTES
    os.truncate(file, size)
    environment = lmdb.open(str(folder), map_size=map_bytes(file, MAP_BYTES), max_dbs=1)
    try:
        meta = environment.open_db(META.encode(), create=False)
        with environment.begin(write=True) as transaction:
            transaction.put(FILE, sealed(u64(transaction.id()) + u64(size)), db=meta)
    finally:
        environment.close()
