"""Importing a snapshot: everything is checked in a folder of its own before the state takes its place."""

import shutil
from hashlib import sha256
from pathlib import Path

from qos.engine.embedded import resume
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.resume import BadResumePoint, ResumePoint
from qos.machine.context import BlockInfo, block_note
from qos.machine.genesis import parse as parse_genesis
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome, locked
from qos.node.snapshots.files import (
    MAX_CHUNK_BYTES,
    MAX_RESUME_BYTES,
    RESUME,
    BadSnapshot,
    Snapshot,
    SnapshotFile,
    content_of,
    inflated,
    read_snapshot,
)
from qos.store.errors import StoreError
from qos.store.io.lmdb import CORE_TABLES, LmdbBackend
from qos.store.layout import nodes_table
from qos.store.transfer import Importer


def import_snapshot(folder: Path, home: ChainHome, trusted_hash: bytes | None = None) -> Snapshot:
    """Make the state of a home without one from a snapshot; its blocks, if it has any, are kept and checked against.

    `trusted_hash` is the hash of the header after the snapshot; without it the home's own blocks must hold it.
    Everything is checked before the state takes its place. Raises: BadSnapshot naming the file at fault, HomeInUse,
    BadConfig, StoreError, OSError.
    """
    snapshot = read_snapshot(folder)
    with locked(home.folder):
        if home.state_folder.exists():
            raise BadSnapshot(
                f"{home.state_folder} holds a state already", "move it away first; keep it until the node runs again"
            )
        blocks = LmdbBlockStore(home.blocks_folder)
        try:
            _import(snapshot, home, blocks, trusted_hash)
        finally:
            blocks.close()
    return snapshot


def _import(snapshot: Snapshot, home: ChainHome, blocks: LmdbBlockStore, trusted_hash: bytes | None) -> None:
    genesis = home.genesis()
    point = _resume_point(snapshot)
    trusted = trusted_hash or _own_header(blocks, point.height + 1)
    try:
        row = resume.proven_row(point, chain_id=parse_genesis(genesis).chain_id, trusted_hash=trusted)
    except BadResumePoint as error:
        raise BadSnapshot(
            str(error), "compare the header hash with a second source, or take another snapshot"
        ) from None
    part = home.state_folder.with_name("state.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        _check_blocks(blocks, point)
        _build(snapshot, home, part, point)
        if not blocks.height():
            blocks.bind(sha256(genesis).digest())
            blocks.append(row)
        part.replace(home.state_folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_blocks(blocks: LmdbBlockStore, point: ResumePoint) -> None:
    """Return when the home's own blocks, if any, hold the snapshot's: the node replays those behind it."""
    if not blocks.height():
        return
    if not blocks.base() <= point.height <= blocks.height():
        raise BadSnapshot(
            f"this home has blocks {blocks.base()} to {blocks.height()}, the snapshot is of {point.height}",
            "take a snapshot of one of these heights, or move the blocks away too",
        )
    if blocks.meta(point.height).block_id != point.row.committed.block_id:
        raise BadSnapshot(f"this home has another block {point.height} than the snapshot", "take one of this chain")


def _build(snapshot: Snapshot, home: ChainHome, part: Path, point: ResumePoint) -> None:
    """Build and check the state in a folder of its own."""
    stores = chain_of(load_config(ChainConfig, home.config_file).kind).stores
    backend = LmdbBackend(part, [*CORE_TABLES, *(nodes_table(number) for number in sorted(stores.values()))])
    try:
        importer = Importer(backend, stores, point.height)
        for chunk in snapshot.chunks:
            _add(importer, snapshot.folder, chunk)
        header = point.row.committed.block.header
        info = BlockInfo(chain_id=header.chain_id, height=header.height, time_ns=header.time)
        importer.finish(point.following.app_hash, block_note(info))
    except StoreError as error:
        raise BadSnapshot(f"{snapshot.folder}: {error}", "take another snapshot") from None
    finally:
        backend.close()


def _add(importer: Importer, folder: Path, chunk: SnapshotFile) -> None:
    try:
        importer.add(inflated(content_of(folder, chunk, MAX_CHUNK_BYTES)))
    except StoreError as error:
        raise BadSnapshot(f"{folder / chunk.name}: {error}", "take another snapshot") from None


def _resume_point(snapshot: Snapshot) -> ResumePoint:
    if snapshot.resume is None:
        raise BadSnapshot(
            f"{snapshot.folder} holds no block: it is of a node whose engine keeps them itself",
            "such nodes take snapshots from each other by state sync",
        )
    try:
        point = resume.decode(content_of(snapshot.folder, snapshot.resume, MAX_RESUME_BYTES))
    except BadResumePoint as error:
        raise BadSnapshot(f"{snapshot.folder / RESUME}: {error}", "take another snapshot") from None
    if point.height != snapshot.height:
        raise BadSnapshot(
            f"{snapshot.folder / RESUME} is of height {point.height}, not {snapshot.height}", "take another snapshot"
        )
    return point


def _own_header(blocks: LmdbBlockStore, height: int) -> bytes:
    if not blocks.base() <= height <= blocks.height():
        raise BadSnapshot(
            f"there is nothing to check the snapshot against: this home has no block {height}",
            f"give --trust HASH, the hash of header {height}, from a source you believe",
        )
    return blocks.meta(height).block_id.hash
