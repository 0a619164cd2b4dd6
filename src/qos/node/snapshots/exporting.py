"""Exporting a snapshot: reads beside a running node, writes a folder of its own and renames it when it is whole."""

import os
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from qos.base.strictjson import render_json
from qos.engine.embedded import resume
from qos.engine.embedded.resume import ResumePoint
from qos.lightclient.hashes import header_hash
from qos.machine.context import BlockInfo, noted_block
from qos.node.home import ChainHome
from qos.node.reading import opened
from qos.node.snapshots.files import CHUNK_BYTES, MANIFEST, RESUME, BadSnapshot, Snapshot, SnapshotFile, manifest_json
from qos.rpc.reads import Reads
from qos.store.errors import UnknownVersion
from qos.store.layout import app_hash_of
from qos.store.readers import VersionReader
from qos.store.transfer import exported


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotOf:
    """The committed block a snapshot is of, and what the embedded engine goes on with."""

    block: BlockInfo
    app_hash: bytes
    point: ResumePoint | None = None


def export_snapshot(home: ChainHome, height: int | None = None) -> Snapshot:
    """Write the snapshot of a kept height, the newest whose next header is there unless said; replaces an older one.

    Where an engine of its own process keeps the blocks it is of the state alone, and of any committed height.
    Raises: BadSnapshot, BadConfig, StoreError, OSError.
    """
    reads = opened(home)
    try:
        at = _chosen(reads, height)
        with reads.state.at(at) as state:
            return _write(home, state, _snapshot_of(reads, state))
    except UnknownVersion as error:
        raise BadSnapshot(str(error), "leave --height out for the newest") from None
    finally:
        reads.state.close()
        if reads.kept_blocks is not None:
            reads.kept_blocks.close()


def _chosen(reads: Reads, height: int | None) -> int:
    if reads.kept_blocks is None:
        return reads.state.version if height is None else height
    newest = min(reads.state.version, reads.blocks.height() - 1)
    at = newest if height is None else height
    if not max(reads.blocks.base(), 1) <= at <= newest:
        raise BadSnapshot(
            f"height {at} cannot be exported: blocks {reads.blocks.base()} to {newest} can",
            "leave --height out for the newest",
        )
    return at


def _snapshot_of(reads: Reads, state: VersionReader) -> SnapshotOf:
    block = noted_block(state.note(), state.version)
    point = None if reads.kept_blocks is None else resume.resume_point(reads.kept_blocks, state.version)
    return SnapshotOf(block=block, app_hash=app_hash_of(state.roots), point=point)


def _write(home: ChainHome, state: VersionReader, of: SnapshotOf) -> Snapshot:
    folder = home.snapshots_folder / str(of.block.height)
    part = folder.with_name(f".{of.block.height}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    chunks = tuple(
        _write_file(part, f"chunk-{number:05}", zlib.compress(chunk, 1))
        for number, chunk in enumerate(_chunks(exported(state)))
    )
    snapshot = Snapshot(
        folder=folder,
        chain_id=of.block.chain_id,
        height=of.block.height,
        time_ns=of.block.time_ns,
        app_hash=of.app_hash,
        chunks=chunks,
        trusted_hash=header_hash(of.point.following) if of.point else b"",
        resume=_write_file(part, RESUME, resume.encode(of.point)) if of.point else None,
    )
    _write_file(part, MANIFEST, (render_json(manifest_json(snapshot), indent=1) + "\n").encode())
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    return snapshot


def _chunks(items: Iterator[bytes]) -> Iterator[bytes]:
    chunk = bytearray()
    for item in items:
        chunk += item
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


def _write_file(folder: Path, name: str, content: bytes) -> SnapshotFile:
    with (folder / name).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return SnapshotFile(name=name, size=len(content), hash=sha256(content).digest())
