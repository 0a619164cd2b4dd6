"""Blocks, votes, results and the index of events in an LMDB environment of their own.

One write transaction a block, durable when `append` returns. A row that was changed is never answered (`tables`), and
one missing between others is damage. Only a changed key of an index (hashes, txs, events) goes unseen: a search then
misses something, but shows nothing wrong.

| table | key | value |
|---|---|---|
| meta | text | genesis hash, format |
| blocks, heads, commits, outcomes, validators | height | encoded block, BlockMeta, Commit, BlockOutcome, ValidatorSet |
| results | height, index u32 | ExecTxResult |
| hashes | block hash | height |
| evidence | name of a block's evidence | height |
| txs | SHA-256 of the transaction | height, index u32 |
| tx_events, block_events | 16 bytes of SHA-256 over key and value | height, index u32, CRC-32 (several a key, sorted) |
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import lmdb

from qos.base.encoding import u32, u64
from qos.engine import evidence
from qos.engine.embedded.io.rows import (
    block_events,
    index_key,
    outcome_of,
    position,
    tx_events,
)
from qos.engine.embedded.io.tables import REMEDY, CheckedTables
from qos.engine.embedded.ports import BlockRow
from qos.machine.abci import BlockResult, ValidatorUpdate
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.qos_engine_v1 import BlockOutcome
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Block, BlockMeta, Commit, ValidatorSet
from qos.store.errors import StoreDamaged

R = TypeVar("R", bound=Record)

FORMAT: Final = b"1"
MAP_BYTES: Final = 1 << 38
BLOCKS_A_BLOCK: Final = 4
"""How many old blocks go with each new one when fewer are retained than there are."""

_TABLES: Final = (
    "meta",
    "blocks",
    "heads",
    "commits",
    "outcomes",
    "validators",
    "results",
    "hashes",
    "txs",
    "evidence",
)
_INDEXES: Final = ("tx_events", "block_events")


class LmdbBlockStore:
    """Implements `ports.BlockStore`, and reads for clients. One writer; others, also processes, read at any time.

    Raises (any read): StoreDamaged.
    """

    def __init__(
        self, folder: Path, *, readonly: bool = False, retain: int = 0, least_map_bytes: int = MAP_BYTES
    ) -> None:
        """Open or create the environment in a folder; `readonly` opens what another process writes.

        `retain` is how many of the newest blocks are kept, 0 for all.

        Raises: StoreDamaged naming the file, OSError.
        """
        self.folder = folder
        self._retain = retain
        self._tables = CheckedTables(folder, _TABLES, _INDEXES, readonly=readonly, least_map_bytes=least_map_bytes)

    def close(self) -> None:
        """Release the files."""
        self._tables.close()

    def bind(self, genesis_hash: bytes) -> bytes:
        """Return the genesis hash this store belongs to; an empty store now belongs to the given one."""
        if not self.height() and self._tables.get("meta", b"format") is None:
            with self._tables.writing() as txn:
                self._tables.put(txn, "meta", [(b"format", FORMAT), (b"genesis", genesis_hash)])
        if self._tables.get("meta", b"format") != FORMAT:
            raise StoreDamaged(f"{self.folder} has another format than {FORMAT.decode()}; {REMEDY}")
        return self._tables.get("meta", b"genesis") or b""

    def height(self) -> int:
        """Return the newest height, 0 when empty."""
        return self._edge(newest=True)

    def base(self) -> int:
        """Return the oldest height, 0 when empty."""
        return self._edge(newest=False)

    def append(self, row: BlockRow) -> None:
        """Write a block and all that belongs to it in one durable step. Raises: StoreFull, StoreError."""
        committed = row.committed
        height, result = u64(committed.height), committed.result
        meta = BlockMeta(
            block_id=committed.block_id,
            block_size=len(committed.encoded),
            header=committed.block.header,
            num_txs=len(committed.block.data.txs),
        )
        tables = self._tables
        with tables.writing() as txn:
            tables.put(txn, "blocks", [(height, committed.encoded)])
            tables.put(txn, "heads", [(height, codec.encode(meta))])
            tables.put(txn, "commits", [(height, codec.encode(committed.commit))])
            tables.put(txn, "outcomes", [(height, codec.encode(outcome_of(result)))])
            tables.put(txn, "validators", [(u64(at), codec.encode(members)) for at, members in row.validators])
            tables.put(txn, "results", [(height + u32(i), codec.encode(r)) for i, r in enumerate(result.tx_results)])
            tables.put(txn, "hashes", [(committed.block_id.hash, height)])
            tables.put(txn, "evidence", [(evidence.name(each), height) for each in committed.block.evidence.evidence])
            hashes = [sha256(tx).digest() for tx in committed.block.data.txs]
            tables.put(txn, "txs", sorted((tx, height + u32(i)) for i, tx in enumerate(hashes)))
            tables.index(txn, "tx_events", tx_events(height, result))
            tables.index(txn, "block_events", block_events(height, result))
            self._prune(txn, committed.height)

    def block(self, height: int) -> Block:
        """Return a block. Raises: KeyError."""
        return self._record(Block, "blocks", height)

    def meta(self, height: int) -> BlockMeta:
        """Return header, name and size of a block. Raises: KeyError."""
        return self._record(BlockMeta, "heads", height)

    def commit(self, height: int) -> Commit:
        """Return the votes that made a block final. Raises: KeyError."""
        return self._record(Commit, "commits", height)

    def validators(self, height: int) -> ValidatorSet:
        """Return the set that signs a height. Raises: KeyError."""
        return self._record(ValidatorSet, "validators", height)

    def result(self, height: int) -> BlockResult:
        """Return what executing a block gave. Raises: KeyError."""
        outcome = self._record(BlockOutcome, "outcomes", height)
        count = self.meta(height).num_txs
        updates = outcome.validator_changes
        return BlockResult(
            tx_results=tuple(self.tx_result(height, index) for index in range(count)),
            events=outcome.events,
            validator_updates=tuple(ValidatorUpdate(public_key=u.public_key, power=u.power) for u in updates),
            app_hash=outcome.app_hash,
        )

    def tx_result(self, height: int, index: int) -> ExecTxResult:
        """Return the result of one transaction of a block. Raises: KeyError."""
        key = u64(height) + u32(index)
        row = self._tables.get("results", key)
        if row is None:
            raise self._missing("results", key, index < self.meta(height).num_txs)
        return codec.decode_lenient(ExecTxResult, row)

    def height_of(self, block_hash: bytes) -> int | None:
        """Return the height of the block with a hash."""
        row = self._tables.get("hashes", block_hash) if block_hash else None
        return None if row is None else int.from_bytes(row)

    def has_evidence(self, name: bytes) -> bool:
        """Tell whether a block carries the evidence of a name."""
        return self._tables.get("evidence", name) is not None

    def find_tx(self, tx_hash: bytes) -> tuple[int, int] | None:
        """Return height and index of a transaction."""
        row = self._tables.get("txs", tx_hash) if tx_hash else None
        return None if row is None else position(row)

    def with_value(self, table: str, key: str, value: str, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield ascending positions from `low` to `high` in `tx_events` or `block_events` that have a value."""
        for found in self._tables.entries(table, index_key(key, value), u64(low) + u32(0)):
            if found[0] > high:
                return
            yield found

    def transactions_between(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield ascending positions of all transactions from height `low` to `high`."""
        with self._tables.cursor("results") as cursor:
            if not cursor.set_range(u64(low)):
                return
            for row in cursor.iternext(values=False):
                found = position(row)
                if found[0] > high:
                    return
                yield found

    def _edge(self, *, newest: bool) -> int:
        with self._tables.cursor("heads") as cursor:
            found = cursor.last() if newest else cursor.first()
            return int.from_bytes(cursor.key()) if found else 0

    def _record(self, kind: type[R], table: str, height: int) -> R:
        if height < 0:
            raise KeyError(height)
        row = self._tables.get(table, u64(height))
        if row is None:
            raise self._missing(table, u64(height), self.base() <= height <= self.height() > 0)
        return codec.decode_lenient(kind, row)

    def _missing(self, table: str, key: bytes, was_written: bool) -> Exception:
        if was_written:
            return StoreDamaged(f"{self.folder}: table {table} lost row {key.hex()}; {REMEDY}")
        return KeyError(f"{table} {key.hex()}")

    def _prune(self, txn: lmdb.Transaction, newest: int) -> None:
        """Delete the oldest blocks behind those retained; a few a block, so that none takes long."""
        if not self._retain:
            return
        oldest = self.base()
        for height in range(oldest, min(newest - self._retain + 1, oldest + BLOCKS_A_BLOCK)):
            self._delete(txn, height)

    def _delete(self, txn: lmdb.Transaction, height: int) -> None:
        tables = self._tables
        key, block, result = u64(height), self.block(height), self.result(height)
        for table in ("blocks", "heads", "commits", "outcomes", "validators"):
            tables.delete(txn, table, key)
        tables.delete(txn, "hashes", self.meta(height).block_id.hash)
        for each in block.evidence.evidence:
            tables.delete(txn, "evidence", evidence.name(each))
        for index, tx in enumerate(block.data.txs):
            tables.delete(txn, "results", key + u32(index))
            found = self.find_tx(sha256(tx).digest())
            # The same bytes may stand in a later block too, which is then the one to be found.
            if found == (height, index):
                tables.delete(txn, "txs", sha256(tx).digest())
        tables.delete_entries(txn, "tx_events", tx_events(key, result))
        tables.delete_entries(txn, "block_events", block_events(key, result))
