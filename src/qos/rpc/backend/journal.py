"""What the gateway signed under which key of which caller: written to disk before anything is sent."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sends (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    tx BLOB NOT NULL,
    tx_hash BLOB NOT NULL,
    timeout_height INTEGER NOT NULL,
    response BLOB NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to be done once. `response` is empty until its transaction is known to be in a block.

    The transaction can be in no block above `timeout_height`.
    """

    caller: str
    key: str
    request_hash: bytes
    tx: bytes
    tx_hash: bytes
    timeout_height: int
    response: bytes = b""


class Journal:
    """The entries of one gateway, in one SQLite file; one process at a time."""

    def __init__(self, file: Path) -> None:
        """Open or create the file."""
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_SCHEMA)

    def find(self, caller: str, key: str) -> Entry | None:
        """Return what stands under a key."""
        row = self._connection.execute(
            "SELECT request_hash, tx, tx_hash, timeout_height, response FROM sends WHERE caller = ? AND key = ?",
            (caller, key),
        ).fetchone()
        if row is None:
            return None
        return Entry(
            caller=caller,
            key=key,
            request_hash=row[0],
            tx=row[1],
            tx_hash=row[2],
            timeout_height=row[3],
            response=row[4],
        )

    def put(self, entry: Entry) -> None:
        """Write an entry, durably before this returns."""
        self._connection.execute(
            "INSERT OR REPLACE INTO sends VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                entry.caller,
                entry.key,
                entry.request_hash,
                entry.tx,
                entry.tx_hash,
                entry.timeout_height,
                entry.response,
            ),
        )

    def drop(self, entry: Entry) -> None:
        """Forget an entry whose transaction can be in no block any more."""
        self._connection.execute("DELETE FROM sends WHERE caller = ? AND key = ?", (entry.caller, entry.key))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
