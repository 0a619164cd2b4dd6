"""Tables and rows of an environment (format 1).

| table | key | value |
|---|---|---|
| flat | store id, key | value, CRC-32 (big-endian) of key and value: the latest state |
| nodes.N | ref | node record of store N, see `node` |
| roots | store id, version u64 | link of the root, `-` for an empty tree |
| orphans | store id, version u64 | refs that version replaced, 12 bytes each |
| commit | version u64 | length-prefixed names and root hashes of all stores, in order of name |
| notes | version u64 | what the frame noted with the version, see `notes` |
| meta | `latest` | format u32, version u64, oldest version u64, app hash |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from qos.base import merkle
from qos.base.encoding import length_prefixed, read_uvarint, u32, u64
from qos.store.errors import StoreDamaged, StoreError
from qos.store.node import CHECK_BYTES, LINK_BYTES, REF_BYTES
from qos.store.nodes import Root

FORMAT = 1
FLAT, ROOTS, ORPHANS, COMMIT, META = "flat", "roots", "orphans", "commit", "meta"
LATEST = b"latest"


def nodes_table(store_id: int) -> str:
    """Return the name of one store's node table."""
    return f"nodes.{store_id}"


def store_prefix(store_id: int) -> bytes:
    """Return the byte before a store's keys. Raises: ValueError outside 1..255."""
    if not 1 <= store_id <= 255:
        raise ValueError(f"store id {store_id} is not in 1..255")
    return bytes((store_id,))


def flat_value(flat_key: bytes, value: bytes) -> bytes:
    """Return the value with its check bytes."""
    return value + crc32(value, crc32(flat_key)).to_bytes(CHECK_BYTES, "big")


def checked_value(flat_key: bytes, stored: bytes) -> bytes:
    """Return the value without its check bytes. Raises: StoreDamaged when they do not fit."""
    value = stored[:-CHECK_BYTES]
    if crc32(value, crc32(flat_key)).to_bytes(CHECK_BYTES, "big") != stored[-CHECK_BYTES:]:
        raise StoreDamaged(f"the stored value of key {flat_key.hex()} fails its check")
    return value


def root_row(root: Root) -> bytes:
    """Serialise a root."""
    return root.link or b"-"


def read_root(row: bytes | None) -> Root:
    """Read a root row. Raises: StoreDamaged when it is missing or malformed."""
    if row == b"-":
        return Root()
    if row is None or len(row) != LINK_BYTES:
        raise StoreDamaged("the row of a root is missing or malformed")
    return Root(link=row)


def refs_of(row: bytes) -> list[bytes]:
    """Split an orphan row. Raises: StoreDamaged when it is cut."""
    if len(row) % REF_BYTES:
        raise StoreDamaged("an orphan list is cut")
    return [row[at : at + REF_BYTES] for at in range(0, len(row), REF_BYTES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest committed version, the oldest one kept, and the newest app hash."""

    version: int
    oldest: int
    app_hash: bytes

    def row(self) -> bytes:
        """Serialise, with the format number first."""
        return u32(FORMAT) + u64(self.version) + u64(self.oldest) + self.app_hash


def read_latest(row: bytes | None) -> Latest | None:
    """Read the meta row; None before the first commit.

    Raises: StoreError for another format, StoreDamaged when malformed.
    """
    if row is None:
        return None
    found = int.from_bytes(row[:4], "big")
    if len(row) == 52 and found != FORMAT:
        raise StoreError(f"the store has format {found}, this program reads format {FORMAT}")
    if len(row) != 52:
        raise StoreDamaged("the meta row is malformed")
    version, oldest = int.from_bytes(row[4:12], "big"), int.from_bytes(row[12:20], "big")
    return Latest(version=version, oldest=oldest, app_hash=row[20:])


def commit_leaves(roots: Mapping[str, bytes]) -> list[bytes]:
    """Return the leaves below the app hash: store names in order, each with SHA-256 of its root.

    As the Cosmos SDK's CommitInfo: leaf = length-prefixed name, length-prefixed hash of the root.
    """
    return [length_prefixed(name.encode(), sha256(roots[name]).digest()) for name in sorted(roots)]


def app_hash_of(roots: Mapping[str, bytes]) -> bytes:
    """Return the app hash of all store roots by name."""
    return merkle.root(commit_leaves(roots))


def commit_row(roots: Mapping[str, bytes]) -> bytes:
    """Serialise the store roots of a version."""
    return b"".join(length_prefixed(name.encode(), roots[name]) for name in sorted(roots))


def read_commit(row: bytes | None, app_hash: bytes | None = None) -> dict[str, bytes]:
    """Read the store roots by name.

    Raises: StoreDamaged when the row is missing, malformed, or does not give the app hash.
    """
    roots: dict[str, bytes] = {}
    at = 0
    try:
        while row is not None and at < len(row):
            length, at = read_uvarint(row, at)
            name = row[at : at + length].decode()
            roots[name] = row[at + length + 1 : at + length + 33]
            at += length + 33
    except ValueError:
        raise StoreDamaged("the row of a commit is malformed") from None
    if row is None or commit_row(roots) != row or (app_hash is not None and app_hash_of(roots) != app_hash):
        raise StoreDamaged("the row of a commit is missing, malformed or not that of its app hash")
    return roots


def ordered_names(stores: Mapping[str, int]) -> Sequence[str]:
    """Return the store names in order. Raises: ValueError when two share an id."""
    if len(set(stores.values())) != len(stores):
        raise ValueError("two stores have the same id")
    return sorted(stores)
