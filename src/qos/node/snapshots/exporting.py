"""Exporting a snapshot: reads beside a running node, writes a folder of its own and renames it when it is whole."""

import os
import shutil
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from qos.base.strictjson import render_json
from qos.engine.embedded import resume
from qos.engine.embedded.resume import ResumePoint
from qos.lightclient.hashes import header_hash
from qos.node.home import ChainHome
from qos.node.reading import opened
from qos.node.snapshots.files import CHUNK_BYTES, MANIFEST, RESUME, BadSnapshot, Snapshot, SnapshotFile, manifest_json
from qos.rpc.reads import Reads
from qos.store.errors import UnknownVersion
from qos.store.readers import VersionReader
from qos.store.transfer import exported


def export_snapshot(home: ChainHome, height: int | None = None) -> Snapshot:
    """Write the snapshot of a kept height, the newest whose next header is there unless said; replaces an older one.

    Raises: BadSnapshot, BadConfig, StoreError, OSError.
    """
    reads = opened(home)
    try:
        at = _chosen(reads, height)
        with reads.state.at(at) as state:
            return _write(home, state, resume.resume_point(reads.blocks, at))
    except UnknownVersion as error:
        raise BadSnapshot(str(error), "leave --height out for the newest") from None
    finally:
        reads.state.close()
        reads.blocks.close()


def _chosen(reads: Reads, height: int | None) -> int:
    newest = min(reads.state.version, reads.blocks.height() - 1)
    at = newest if height is None else height
    if not max(reads.blocks.base(), 1) <= at <= newest:
        raise BadSnapshot(
            f"height {at} cannot be exported: blocks {reads.blocks.base()} to {newest} can",
            "leave --height out for the newest",
        )
    return at


def _write(home: ChainHome, state: VersionReader, point: ResumePoint) -> Snapshot:
    folder = home.snapshots_folder / str(point.height)
    part = folder.with_name(f".{point.height}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    chunks = tuple(
        _write_file(part, f"chunk-{number:05}", zlib.compress(chunk, 1))
        for number, chunk in enumerate(_chunks(exported(state)))
    )
    snapshot = Snapshot(
        folder=folder,
        chain_id=point.following.chain_id,
        height=point.height,
        app_hash=point.following.app_hash,
        trusted_hash=header_hash(point.following),
        chunks=chunks,
        resume=_write_file(part, RESUME, resume.encode(point)),
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
