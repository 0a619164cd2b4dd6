"""Reading one committed state of an LMDB environment."""

from collections.abc import Iterator, Mapping

import lmdb

from qos.store.backend import Getter, Pair
from qos.store.errors import StoreDamaged

MAX_ROW_BYTES = 2 << 20
"""No row is longer; a longer one is a damaged length, which may lead out of the file."""


class LmdbSnapshot:
    """One read transaction."""

    __slots__ = ("_environment", "_get", "_tables", "_transaction")

    def __init__(self, environment: lmdb.Environment, tables: "Mapping[str, lmdb._Database]") -> None:
        self._environment = environment
        self._tables = tables
        self._begin()

    def _begin(self) -> None:
        self._transaction = self._environment.begin(buffers=True)
        self._get = self._transaction.get

    def getter(self, table: str) -> Getter:
        """Return the function that reads one table. Raises (the function): StoreDamaged."""
        handle = self._tables[table]

        def read(key: bytes) -> bytes | None:
            try:
                found = self._get(key, None, handle)
            except lmdb.Error as error:
                raise StoreDamaged(f"table {table} cannot be read: {error}") from None
            if found is None:
                return None
            if len(found) > MAX_ROW_BYTES:
                raise StoreDamaged(f"table {table} has a row of {len(found)} bytes")
            return bytes(found)

        return read

    def rows(self, table: str) -> Iterator[Pair]:
        """Yield all pairs of a small table in key order. Raises: StoreDamaged."""
        try:
            with self._transaction.cursor(self._tables[table]) as cursor:
                for key, value in cursor:
                    if len(value) > MAX_ROW_BYTES:
                        raise StoreDamaged(f"table {table} has a row of {len(value)} bytes")
                    yield bytes(key), bytes(value)
        except lmdb.Error as error:
            raise StoreDamaged(f"table {table} cannot be read: {error}") from None

    def renew(self) -> None:
        """Move to the latest committed state."""
        self._transaction.abort()
        self._begin()

    def close(self) -> None:
        """End the read transaction."""
        self._transaction.abort()
