"""Tables and rows of an environment (format 2).

| table | key | value |
|---|---|---|
| flat | store id, key | value, CRC-32 of key and value: the latest state |
| nodes.N | ref of a strand's lowest node | node records of store N, see `native/src/strands.rs` and `record.rs` |
| roots | store id, version u64 | link of the root, `-` for an empty tree |
| orphans | store id, version u64, part u16 | keys of strands dead from that version on, 12 bytes each, CRC-32 |
| commit | version u64 | length-prefixed names and root hashes of all stores, in order of name, CRC-32 |
| notes | version u64 | what the frame noted with the version, see `notes` |
| meta | `latest` | format u32, version u64, oldest version u64, app hash, CRC-32 |
| meta | `foundation` | what was laid before the first version, until that is there, see `foundation` |
| meta | `file` | what the engine of the file wants to find again, see `io` |

A CRC-32 is four bytes, little-endian. The flat table also has the latest version under the key 0x00: a
damaged pointer may lead to what a table was some blocks ago, and every table can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from qos.base import merkle
from qos.base.encoding import length_prefixed, read_uvarint, u32, u64
from qos.store.errors import StoreDamaged, StoreError
from qos.store.node import CHECK_BYTES, CHECKED, LINK_BYTES, REF_BYTES, sealed

FORMAT = 2
HASH_BYTES = 32
REFS_IN_ROW = 65_536
"""So that no row is much longer than the longest value."""

FLAT, ROOTS, ORPHANS, COMMIT, META = "flat", "roots", "orphans", "commit", "meta"
LATEST = b"latest"
FOUNDATION = b"foundation"
FLAT_VERSION = b"\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where a version's tree begins: the root's link, empty for an empty tree."""

    link: bytes = b""

    @property
    def hash(self) -> bytes:
        """The store's root hash; SHA-256 of nothing for an empty tree."""
        return self.link[REF_BYTES:] or merkle.EMPTY_ROOT


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
    return value + crc32(value, crc32(flat_key)).to_bytes(CHECK_BYTES, "little")


def checked_value(flat_key: bytes, stored: bytes) -> bytes:
    """Return the value without its check bytes. Raises: StoreDamaged when they do not fit."""
    if crc32(stored, crc32(flat_key)) != CHECKED:
        raise StoreDamaged(f"the stored value of key {flat_key.hex()} fails its check")
    return stored[:-CHECK_BYTES]


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


def unsealed(row: bytes | None, what: str) -> bytes:
    """Return a row without its check. Raises: StoreDamaged when it is missing or fails it."""
    if row is None or len(row) < CHECK_BYTES or crc32(row) != CHECKED:
        raise StoreDamaged(f"{what} is missing or fails its check")
    return row[:-CHECK_BYTES]


def orphan_key(prefix: bytes, version: int, part: int) -> bytes:
    """Return the key of a part of the orphan list of a version."""
    return prefix + u64(version) + part.to_bytes(2, "big")


def orphan_rows(prefix: bytes, version: int, refs: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the rows that name the strands a version made dead."""
    starts = range(0, len(refs), REFS_IN_ROW)
    return [
        (orphan_key(prefix, version, part), sealed(b"".join(refs[start : start + REFS_IN_ROW])))
        for part, start in enumerate(starts)
    ]


def refs_of(row: bytes) -> list[bytes]:
    """Split a part of an orphan list. Raises: StoreDamaged when it is damaged."""
    return split_refs(unsealed(row, "an orphan list"))


def split_refs(refs: bytes | bytearray) -> list[bytes]:
    """Return refs that stand one behind the other."""
    body = bytes(refs)
    return [body[at : at + REF_BYTES] for at in range(0, len(body), REF_BYTES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest committed version, the oldest one kept, and the newest app hash."""

    version: int
    oldest: int
    app_hash: bytes

    def row(self) -> bytes:
        """Serialise, with the format number first."""
        return sealed(u32(FORMAT) + u64(self.version) + u64(self.oldest) + self.app_hash)


def read_latest(row: bytes | None) -> Latest | None:
    """Read the meta row; None before the first commit.

    Raises: StoreError for another format, StoreDamaged when malformed.
    """
    if row is None:
        return None
    body = unsealed(row, "the meta row")
    found = int.from_bytes(body[:4], "big")
    if found != FORMAT or len(body) != 52:
        raise StoreError(f"the store has format {found}, this program reads format {FORMAT}")
    version, oldest = int.from_bytes(body[4:12], "big"), int.from_bytes(body[12:20], "big")
    return Latest(version=version, oldest=oldest, app_hash=body[20:])


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
    return sealed(b"".join(length_prefixed(name.encode(), roots[name]) for name in sorted(roots)))


def read_commit(row: bytes | None) -> dict[str, bytes]:
    """Read the store roots by name. Raises: StoreDamaged when the row is missing or damaged."""
    body = unsealed(row, "the row of a commit")
    roots: dict[str, bytes] = {}
    at = 0
    while at < len(body):
        length, at = read_uvarint(body, at)
        end = at + length + 1
        roots[body[at : at + length].decode()] = body[end : end + HASH_BYTES]
        at = end + HASH_BYTES
    return roots


def ordered_names(stores: Mapping[str, int]) -> Sequence[str]:
    """Return the store names in order. Raises: ValueError when two share an id."""
    if len(set(stores.values())) != len(stores):
        raise ValueError("two stores have the same id")
    return sorted(stores)
