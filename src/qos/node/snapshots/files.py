"""The folder of a snapshot: its manifest and its files."""

import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.store.transfer import BadStream

FORMAT = 2
MANIFEST = "manifest.json"
RESUME = "resume"
CHUNK_BYTES = 8 << 20
MAX_CHUNK_BYTES = CHUNK_BYTES + (2 << 20)
"""A chunk ends behind the item that fills it."""

MAX_MANIFEST_BYTES = 16 << 20
MAX_RESUME_BYTES = 256 << 20


class BadSnapshot(NodeError):
    """A snapshot is damaged, incomplete, of another chain, or does not lead to the trusted header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFile:
    """A file of a snapshot: its name, length and SHA-256."""

    name: str
    size: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a manifest lists. `time_ns` is the time of the block.

    `trusted_hash` is the hash of header `height` + 1, as the exporter saw it, and `resume` what the embedded engine
    goes on with; an engine of its own process keeps blocks itself: such a snapshot has neither.
    """

    folder: Path
    chain_id: str
    height: int
    time_ns: int
    app_hash: bytes
    chunks: tuple[SnapshotFile, ...]
    trusted_hash: bytes = b""
    resume: SnapshotFile | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in (*self.chunks, *((self.resume,) if self.resume else ())))


def manifest_json(snapshot: Snapshot) -> JsonObject:
    """Return what is written into the manifest."""
    chunks: list[JsonValue] = [_file_json(each) for each in snapshot.chunks]
    state: JsonObject = {
        "format": FORMAT,
        "chain_id": snapshot.chain_id,
        "height": snapshot.height,
        "time_ns": snapshot.time_ns,
        "app_hash": snapshot.app_hash.hex(),
        "chunks": chunks,
    }
    if snapshot.resume is None:
        return state
    return state | {"next_header_hash": snapshot.trusted_hash.hex(), "resume": _file_json(snapshot.resume)}


def _file_json(file: SnapshotFile) -> JsonObject:
    return {"name": file.name, "size": file.size, "sha256": file.hash.hex()}


def described(snapshot: Snapshot) -> JsonObject:
    """Return what people are shown of a snapshot."""
    return {
        "folder": str(snapshot.folder),
        "chain_id": snapshot.chain_id,
        "height": snapshot.height,
        "app_hash": snapshot.app_hash.hex(),
        "next_header_hash": snapshot.trusted_hash.hex(),
        "chunks": len(snapshot.chunks),
        "bytes": snapshot.size,
    }


def read_snapshot(folder: Path) -> Snapshot:
    """Read the manifest of a snapshot; its files are not looked at. Raises: BadSnapshot."""
    file = folder / MANIFEST
    try:
        if file.stat().st_size > MAX_MANIFEST_BYTES:
            raise BadSnapshot(f"{file} is too long", "take another snapshot")
        content = parse_json(file.read_bytes())
        if not isinstance(content, dict) or content["format"] != FORMAT:
            raise BadSnapshot(f"{file} has another format than {FORMAT}", "use the program that exported it")
        chunks = content["chunks"]
        if not isinstance(chunks, list):
            raise BadSnapshot(f"{file} lists no chunks", "take another snapshot")
        return Snapshot(
            folder=folder,
            chain_id=str(content["chain_id"]),
            height=int(str(content["height"])),
            time_ns=int(str(content["time_ns"])),
            app_hash=bytes.fromhex(str(content["app_hash"])),
            chunks=tuple(_file_of(each) for each in chunks),
            trusted_hash=bytes.fromhex(str(content.get("next_header_hash", ""))),
            resume=_file_of(content["resume"]) if "resume" in content else None,
        )
    except (OSError, BadJson, KeyError, ValueError) as error:
        raise BadSnapshot(f"{file}: {error}", "give the folder that holds manifest.json") from None


def _file_of(value: JsonValue) -> SnapshotFile:
    if not isinstance(value, dict) or Path(str(value["name"])).name != value["name"]:
        raise ValueError("a file is named wrongly")
    return SnapshotFile(name=str(value["name"]), size=int(str(value["size"])), hash=bytes.fromhex(str(value["sha256"])))


def snapshots_of(home: ChainHome) -> tuple[Snapshot, ...]:
    """Return the snapshots of a home, newest first. Raises: BadSnapshot."""
    folders = (each for each in home.snapshots_folder.glob("*") if each.name.isdecimal())
    return tuple(read_snapshot(each) for each in sorted(folders, key=lambda each: -int(each.name)))


def content_of(folder: Path, file: SnapshotFile, limit: int) -> bytes:
    """Return a file of a snapshot as the manifest lists it. Raises: BadSnapshot naming the file."""
    path = folder / file.name
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size == file.size <= limit else b""
    except OSError as error:
        raise BadSnapshot(f"{path}: {error}", "fetch this file again") from None
    if len(content) != file.size or sha256(content).digest() != file.hash:
        raise BadSnapshot(f"{path} is not the file the manifest lists", "fetch this file again")
    return content


def inflated(chunk: bytes) -> bytes:
    """Return the items of a chunk. Raises: BadStream when it is not one whole chunk of bounded size."""
    inflate = zlib.decompressobj()
    try:
        items = inflate.decompress(chunk, MAX_CHUNK_BYTES)
    except zlib.error as error:
        raise BadStream(f"a chunk cannot be unpacked: {error}") from None
    if not inflate.eof or inflate.unused_data:
        raise BadStream("a chunk holds more or less than it should")
    return items
