"""Tables and rows of an environment (format 3).

| table | key | value |
|---|---|---|
| nodes.N | ref of a strand's lowest node | nodes of store N, values with them: `native/src/strands.rs`, `record.rs` |
| roots | store id, version u64 | link of the root, `-` for an empty tree |
| orphans | store id, version u64, part u16 | keys of strands dead from that version on, 12 bytes each, CRC-32 |
| commit | version u64 | length-prefixed names and root hashes of all stores, in order of name, CRC-32 |
| notes | version u64 | what the frame noted with the version, see `notes` |
| meta | `latest` | format u32, version u64, oldest version u64, app hash, CRC-32 |
| meta | `foundation` | format u32, what was laid before the first version, until that is there, see `foundation` |
| meta | `file` | what the engine of the file wants to find again, see `io` |

A CRC-32 is four bytes, little-endian.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from qos.base import merkle
from qos.base.encoding import length_prefixed, read_uvarint, u32, u64
from qos.store.errors import StoreDamaged, StoreError
from qos.store.node import CHECK_BYTES, CHECKED, LINK_BYTES, REF_BYTES, sealed

FORMAT = 3
HASH_BYTES = 32
REFS_IN_ROW = 65_536
"""So that no row is much longer than the longest value."""

ROOTS, ORPHANS, COMMIT, META = "roots", "orphans", "commit", "meta"
LATEST = b"latest"
FOUNDATION = b"foundation"


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


def opening_row(body: bytes) -> bytes:
    """Return a row by which a state begins to be read: the format number first."""
    return sealed(u32(FORMAT) + body)


def read_opening(row: bytes, what: str) -> bytes:
    """Return what stands behind the format number. Raises: StoreDamaged; StoreError for another format."""
    body = unsealed(row, what)
    found = int.from_bytes(body[:4], "big")
    if found != FORMAT:
        sentence = "run the program that wrote it, or restore the node from a snapshot"
        raise StoreError(f"the state has format {found}, this program reads format {FORMAT}: {sentence}")
    return body[4:]


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


def refs_of(row: bytes) -> bytes:
    """Return what a part of an orphan list names, 12 bytes each. Raises: StoreDamaged when it is damaged."""
    refs = unsealed(row, "an orphan list")
    if len(refs) % REF_BYTES:
        raise StoreDamaged("an orphan list is cut")
    return refs


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest committed version, the oldest one kept, and the newest app hash."""

    version: int
    oldest: int
    app_hash: bytes

    def row(self) -> bytes:
        """Serialise."""
        return opening_row(u64(self.version) + u64(self.oldest) + self.app_hash)


def read_latest(row: bytes | None) -> Latest | None:
    """Read the meta row; None before the first commit. Raises: StoreDamaged; StoreError for another format."""
    if row is None:
        return None
    body = read_opening(row, "the meta row")
    version, oldest = int.from_bytes(body[:8], "big"), int.from_bytes(body[8:16], "big")
    return Latest(version=version, oldest=oldest, app_hash=body[16:])


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
