"""A version in the making: new values for keys that exist, in one pass over the sorted operations.

New values do not change a tree's shape, so each node on their paths is replaced once, children first,
hashed and serialised on the way back up. Keys that are new or go are left to `shape`; what this pass
has finished is to it a stored tree. Cosmos iavl, which does all operations one by one in key order,
comes to the same root.

Below the levels kept in memory no node object is made: a record is read, spliced and written.
Recursion follows the height of a balanced tree (under 1.45 log2 of its keys), never the input.
"""

from bisect import bisect_left
from collections.abc import Sequence
from hashlib import sha256
from zlib import crc32

from qos.base.encoding import u64, varint
from qos.store.backend import Getter
from qos.store.errors import StoreDamaged
from qos.store.node import (
    CHECK_BYTES,
    INNER,
    REF_BYTES,
    Node,
    leaf_hash,
    leaf_prefix,
    leaf_record,
    parse,
    small_varint,
)

_HEIGHT_BITS = 7


class Batch:
    """The operations of one version, the records made so far and the refs they replace."""

    __slots__ = (
        "_get",
        "_heads",
        "_keys",
        "_leaf_prefix",
        "_nonce",
        "_prefix",
        "_values",
        "_version_head",
        "levels",
        "orphans",
        "records",
        "rest",
    )

    def __init__(
        self, get: Getter, version: int, operations: Sequence[tuple[bytes, bytes | None]], levels: int
    ) -> None:
        """Take operations sorted by key. Raises: ValueError when they are not."""
        self._get = get
        self._keys = [key for key, _ in operations]
        self._values = [value for _, value in operations]
        if any(a >= b for a, b in zip(self._keys, self._keys[1:], strict=False)):
            raise ValueError("operations are not sorted by key")
        self._prefix = u64(version)
        self._leaf_prefix = leaf_prefix(version)
        self._version_head = varint(version) + b"\x20"
        self._heads: dict[int, bytes] = {}
        self._nonce = 0
        self.levels = levels
        self.records: dict[bytes, bytes] = {}
        self.orphans: list[bytes] = []
        self.rest: list[int] = []
        """Indexes of operations that insert or remove, ascending."""

    def operation(self, index: int) -> tuple[bytes, bytes | None]:
        """Return one operation."""
        return self._keys[index], self._values[index]

    def insertions(self) -> list[int]:
        """Return the indexes of operations with a value: all that counts on an empty tree."""
        return [index for index, value in enumerate(self._values) if value is not None]

    def load(self, link: bytes) -> Node:
        """Return a node made in this version or stored before. Raises: StoreDamaged."""
        ref = link[:REF_BYTES]
        return parse(link, self.records.get(ref) or self._get(ref))

    def replaced(self, link: bytes) -> None:
        """Note that a node is not part of the new version."""
        ref = link[:REF_BYTES]
        if self.records.pop(ref, None) is None:
            self.orphans.append(ref)

    def update(self, root: Node) -> Node:
        """Return the root with all values of existing keys replaced; the rest is noted in `rest`."""
        high = len(self._keys)
        if root.height == 0:
            link = self._leaf(root.link, 0, high, root.key)
            return root if link is None else self.load(link)
        return self._node(root, 0, high, None, 1) or root

    def _node(self, node: Node, low: int, high: int, floor: bytes | None, depth: int) -> Node | None:
        """Return the successor of a node in memory, None when nothing below it changes.

        `floor` is the key of the subtree's first leaf, None at the left edge of the tree.
        """
        key = node.key
        middle = bisect_left(self._keys, key, low, high)
        left, left_link = node.left, node.left_link
        right, right_link = node.right, node.right_link
        if low < middle:
            if depth < self.levels and node.left_height:
                if left is None:
                    left = node.left = self.load(left_link)
                left = self._node(left, low, middle, floor, depth + 1) or left
                left_link = left.link
            else:
                left = None
                left_link = self._below(left_link, node.left_height, low, middle, floor) or left_link
        if middle < high:
            if depth < self.levels and node.right_height:
                if right is None:
                    right = node.right = self.load(right_link)
                right = self._node(right, middle, high, key, depth + 1) or right
                right_link = right.link
            else:
                right = None
                right_link = self._below(right_link, node.right_height, middle, high, key) or right_link
        if left_link is node.left_link and right_link is node.right_link:
            return None
        self.orphans.append(node.link[:REF_BYTES])
        new = Node(key, b"", b"")
        new.height, new.left_height, new.right_height = node.height, node.left_height, node.right_height
        new.size = node.size
        new.left, new.left_link = left, left_link
        new.right, new.right_link = right, right_link
        new.link = self.inner(key, node.height, node.left_height, node.right_height, node.size, left_link, right_link)
        return new

    def _below(self, link: bytes, height: int, low: int, high: int, floor: bytes | None) -> bytes | None:
        return self._stored(link, low, high, floor) if height else self._leaf(link, low, high, floor)

    def _stored(self, link: bytes, low: int, high: int, floor: bytes | None) -> bytes | None:
        """Return the link of the successor of a stored inner node, None when nothing below it changes."""
        ref = link[:REF_BYTES]
        record = self._get(ref)
        if record is None or crc32(record[:-CHECK_BYTES]).to_bytes(CHECK_BYTES, "big") != record[-CHECK_BYTES:]:
            raise StoreDamaged(f"node {ref.hex()} is missing or fails its check")
        height, left_height, right_height, size, left_link, right_link = INNER.unpack_from(record)
        key = record[INNER.size : -CHECK_BYTES]
        preimage = b"%b%b%b\x20%b\x20%b" % (
            small_varint(height),
            small_varint(size),
            varint(int.from_bytes(ref[:8], "big")),
            left_link[REF_BYTES:],
            right_link[REF_BYTES:],
        )
        if sha256(preimage).digest() != link[REF_BYTES:]:
            raise StoreDamaged(f"node {ref.hex()} does not have the hash its parent names")
        middle = bisect_left(self._keys, key, low, high)
        new_left = new_right = None
        if low < middle:
            new_left = self._below(left_link, left_height, low, middle, floor)
        if middle < high:
            new_right = self._below(right_link, right_height, middle, high, key)
        if new_left is None and new_right is None:
            return None
        self.orphans.append(ref)
        return self.inner(key, height, left_height, right_height, size, new_left or left_link, new_right or right_link)

    def _leaf(self, link: bytes, low: int, high: int, floor: bytes | None) -> bytes | None:
        """Return the link of a leaf's successor; note what is to be inserted or removed here."""
        key = self.load(link).key if floor is None else floor
        changed = None
        for index in range(low, high):
            value = self._values[index]
            if self._keys[index] != key:
                if value is not None:
                    self.rest.append(index)
            elif value is None:
                self.rest.append(index)
            else:
                self.orphans.append(link[:REF_BYTES])
                changed = self.leaf(key, value)
        return changed

    def leaf(self, key: bytes, value: bytes) -> bytes:
        """Make the record of a new leaf and return its link."""
        self._nonce += 1
        ref = self._prefix + self._nonce.to_bytes(4, "big")
        self.records[ref] = leaf_record(key, value)
        return ref + leaf_hash(self._leaf_prefix, key, value)

    def inner(
        self,
        key: bytes,
        height: int,
        left_height: int,
        right_height: int,
        size: int,
        left_link: bytes,
        right_link: bytes,
    ) -> bytes:
        """Make the record of a new inner node and return its link."""
        self._nonce += 1
        ref = self._prefix + self._nonce.to_bytes(4, "big")
        body = INNER.pack(height, left_height, right_height, size, left_link, right_link) + key
        self.records[ref] = body + crc32(body).to_bytes(CHECK_BYTES, "big")
        shape = size << _HEIGHT_BITS | height
        head = self._heads.get(shape)
        if head is None:
            head = self._heads[shape] = small_varint(height) + small_varint(size) + self._version_head
        return ref + sha256(head + left_link[REF_BYTES:] + b"\x20" + right_link[REF_BYTES:]).digest()
