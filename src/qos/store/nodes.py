"""Access to stored nodes: checked when read, and the top of the tree kept in memory."""

from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from qos.base.merkle import EMPTY_ROOT
from qos.store.backend import Getter
from qos.store.errors import StoreDamaged
from qos.store.node import (
    CHECKED,
    KEY,
    LEAST_BYTES,
    LEFT,
    LEFT_HASH,
    REF_BYTES,
    RIGHT,
    RIGHT_HASH,
    Node,
    inner_prefix,
    leaf_hash,
    leaf_prefix,
    pair_of,
    parse,
    version_of,
)
from qos.store.strands import place_of, record_in, row_key

HEADS_KEPT = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where a version's tree begins: the root's link, empty for an empty tree."""

    link: bytes = b""

    @property
    def hash(self) -> bytes:
        """The store's root hash; SHA-256 of nothing for an empty tree."""
        return self.link[REF_BYTES:] or EMPTY_ROOT


class Nodes:
    """Reads nodes from the node table of one store, and from what is kept of it in memory."""

    __slots__ = ("_get", "_heads", "_last", "kept")

    def __init__(self, get: Getter) -> None:
        self._get = get
        self._heads: dict[bytes, bytes] = {}
        self._last = b"", b""
        self.kept: dict[bytes, bytes] = {}
        """Checked records by ref."""

    def record(self, link: bytes) -> bytes:
        """Return the checked record. Raises: StoreDamaged when it is missing or not what it should be."""
        return self.kept.get(link[:REF_BYTES]) or self.read(link)

    def load(self, link: bytes) -> Node:
        """Return the node. Raises: StoreDamaged."""
        return parse(link, self.record(link))

    def read(self, link: bytes) -> bytes:
        """Return the checked record from the table: each update does this a few times. Raises: StoreDamaged."""
        ref = link[:REF_BYTES]
        record = record_in(self._row(row_key(ref)), place_of(ref))
        if len(record) < LEAST_BYTES or crc32(record) != CHECKED:
            raise StoreDamaged(f"node {ref.hex()} is missing or fails its check")
        if record[0]:
            known = ref[:8] + record[:LEFT]
            preimage = (self._heads.get(known) or self._head(known)) + record[LEFT_HASH:RIGHT] + b"\x20"
            digest = sha256(preimage + record[RIGHT_HASH:KEY]).digest()
        else:
            digest = leaf_hash(leaf_prefix(version_of(link)), *pair_of(record))
        if digest != link[REF_BYTES:]:
            raise StoreDamaged(f"node {ref.hex()} does not have the hash its parent names")
        return record

    def _row(self, key: bytes) -> bytes:
        """Return a row, empty when there is none. The last one is at hand: what follows a node often stands in it."""
        last_key, row = self._last
        if key != last_key:
            row = self._get(key) or b""
            self._last = key, row
        return row

    def _head(self, known: bytes) -> bytes:
        """Return what stands before the left hash in the preimage, from version, heights and size."""
        if len(self._heads) >= HEADS_KEPT:
            self._heads.clear()
        version, size = int.from_bytes(known[:8], "big"), int.from_bytes(known[11:], "big")
        head = self._heads[known] = inner_prefix(known[8], size, version) + b"\x20"
        return head
