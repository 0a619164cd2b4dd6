"""A version in the making: new values for keys that exist, in one pass over the sorted operations.

New values do not change a tree's shape, so each node on their paths is replaced once, children first,
hashed and serialised on the way back up. Keys that are new or go are left to `shape`; what this pass
has finished is to it a stored tree. Cosmos iavl, which does all operations one by one in key order,
comes to the same root.

No node object is made here: a record is read, one or both links in it are replaced, and it is written.
That a key exists is known without its leaf: it is the separator of an inner node above. Recursion
follows the height of a balanced tree (under 1.45 log2 of its keys), never the input.
"""

from bisect import bisect_left
from collections.abc import Sequence
from hashlib import sha256
from zlib import crc32

from qos.base.encoding import u64, varint
from qos.store.node import (
    CHECK_BYTES,
    KEY,
    LEFT,
    LEFT_HASH,
    LEFT_HEIGHT,
    REF_BYTES,
    RIGHT,
    RIGHT_HASH,
    RIGHT_HEIGHT,
    Node,
    leaf_prefix,
    parse,
    small_varint,
    with_length,
)
from qos.store.nodes import Nodes
from qos.store.strands import BANDS, PLACES, entry, place_of, record_in, row_key, without


class Batch:
    """The operations of one version, the rows made so far and the refs they replace.

    A node that is read leaves those kept in memory, unless nothing below it changes; one that is made is kept.
    """

    __slots__ = (
        "_heads",
        "_keys",
        "_leaf_prefix",
        "_levels",
        "_nodes",
        "_prefix",
        "_values",
        "_version_head",
        "made",
        "orphans",
        "rest",
        "rows",
    )

    def __init__(
        self, nodes: Nodes, version: int, operations: Sequence[tuple[bytes, bytes | None]], levels: int, made: int = 0
    ) -> None:
        """Take operations sorted by key; `made` strands of the version exist already.

        Raises: ValueError when they are not sorted.
        """
        self._nodes = nodes
        self._keys = [key for key, _ in operations]
        self._values = [value for _, value in operations]
        if any(a >= b for a, b in zip(self._keys, self._keys[1:], strict=False)):
            raise ValueError("operations are not sorted by key")
        self._prefix = u64(version)
        self._leaf_prefix = leaf_prefix(version)
        self._version_head = varint(version) + b"\x20"
        self._heads: dict[bytes, bytes] = {}
        self._levels = levels
        self.made = made
        """How many strands were begun by now."""
        self.rows: dict[bytes, bytes] = {}
        """The strands made so far; keys ascend."""
        self.orphans: list[bytes] = []
        self.rest: list[int] = []
        """Indexes of operations that insert or remove, ascending."""

    def taken(self) -> dict[bytes, bytes]:
        """Hand over the rows made since the last call: who builds without looking back need not keep them."""
        rows, self.rows = self.rows, {}
        return rows

    def operation(self, index: int) -> tuple[bytes, bytes | None]:
        """Return one operation."""
        return self._keys[index], self._values[index]

    def load(self, link: bytes) -> Node:
        """Return a node made in this version or stored before. Raises: StoreDamaged."""
        ref = link[:REF_BYTES]
        row = self.rows.get(row_key(ref))
        return parse(link, self._nodes.record(link) if row is None else record_in(row, place_of(ref)))

    def replaced(self, link: bytes) -> None:
        """Note that a node is not part of the new version."""
        ref = link[:REF_BYTES]
        self._nodes.kept.pop(ref, None)
        key = row_key(ref)
        row = self.rows.get(key)
        if row is None:
            self.orphans.append(ref)
        elif left := without(row, place_of(ref)):
            self.rows[key] = left
        else:
            del self.rows[key]

    def update(self, root: bytes) -> bytes:
        """Return the link of the root with all values of existing keys replaced; the rest is in `rest`."""
        high = len(self._keys)
        record = self._nodes.record(root)
        if record[0] == 0:
            return self._leaf(root, 0, high, None) or root
        return self._inner(root, 0, high, None, 1) or root

    def _below(self, height: int, link: bytes, low: int, high: int, floor: bytes | None, depth: int) -> bytes | None:
        """Return the link of a subtree's successor, None when nothing in it changes.

        `floor` is the key of the subtree's first leaf, None at the left edge of the tree.
        """
        if height == 0:
            return self._leaf(link, low, high, floor)
        if high - low == 1:
            return self._path(link, low, floor, depth)
        return self._inner(link, low, high, floor, depth)

    def _inner(self, link: bytes, low: int, high: int, floor: bytes | None, depth: int) -> bytes | None:
        record = self._nodes.kept.pop(link[:REF_BYTES], None) or self._nodes.read(link)
        key = record[KEY:-CHECK_BYTES]
        middle = bisect_left(self._keys, key, low, high)
        new_left = new_right = None
        if low < middle:
            left = record[LEFT:RIGHT]
            new_left = self._below(record[LEFT_HEIGHT], left, low, middle, floor, depth + 1)
        if middle < high:
            right = record[RIGHT:KEY]
            new_right = self._below(record[RIGHT_HEIGHT], right, middle, high, key, depth + 1)
        if new_left is None and new_right is None:
            self._nodes.kept[link[:REF_BYTES]] = record
            return None
        self.orphans.append(link[:REF_BYTES])
        left = new_left or record[LEFT:RIGHT]
        right = new_right or record[RIGHT:KEY]
        return self.inner(record[:LEFT], left, right, key, depth)

    def _path(self, link: bytes, index: int, floor: bytes | None, depth: int) -> bytes | None:
        """Do one operation below an inner node: as `_inner`, unrolled, since most nodes have one below."""
        kept = self._nodes.kept
        key = self._keys[index]
        orphans = self.orphans
        mark = len(orphans)
        path: list[bytes] = []
        height = 1
        while height:
            ref = link[:REF_BYTES]
            record = kept.pop(ref, None) or self._nodes.read(link)
            depth += 1
            orphans.append(ref)
            path.append(record)
            separator = record[KEY:-CHECK_BYTES]
            if key < separator:
                link, height = record[LEFT:RIGHT], record[LEFT_HEIGHT]
            else:
                link, height, floor = record[RIGHT:KEY], record[RIGHT_HEIGHT], separator
        value = self._values[index]
        if floor == key and value is not None:
            orphans.append(link[:REF_BYTES])
            return self._spliced(path, key, self.leaf(key, value), depth)
        new = self._leaf(link, index, index + 1, floor)
        if new is None:
            kept.update(zip(orphans[mark:], path, strict=True))
            del orphans[mark:]
            return None
        return self._spliced(path, key, new, depth)

    def _spliced(self, path: list[bytes], key: bytes, link: bytes, depth: int) -> bytes:
        """Replace, from the last node of a path up, the link it has towards `key`, at first that of a new leaf."""
        heads, rows, kept = self._heads, self.rows, self._nodes.kept
        prefix, made = self._prefix, self.made
        nonce, band, lowest = made * PLACES, 0, link[:REF_BYTES]
        row = rows[lowest]
        for record in reversed(path):
            depth -= 1
            shape = record[:LEFT]
            head = heads.get(shape) or self._head(shape)
            if key < record[KEY:-CHECK_BYTES]:
                body = shape + link + record[RIGHT:-CHECK_BYTES]
                preimage = head + link[REF_BYTES:] + b"\x20" + record[RIGHT_HASH:KEY]
            else:
                body = record[:RIGHT] + link + record[KEY:-CHECK_BYTES]
                preimage = head + record[LEFT_HASH:RIGHT] + b"\x20" + link[REF_BYTES:]
            body += crc32(body).to_bytes(CHECK_BYTES, "little")
            if BANDS[shape[0]] == band:
                nonce += 1
                ref = prefix + nonce.to_bytes(4, "big")
                row += len(body).to_bytes(4, "big") + body
            else:
                rows[lowest] = row
                made += 1
                nonce, band = made * PLACES, BANDS[shape[0]]
                lowest = ref = prefix + nonce.to_bytes(4, "big")
                row = entry(body)
            if depth <= self._levels:
                kept[ref] = body
            link = ref + sha256(preimage).digest()
        rows[lowest] = row
        self.made = made
        return link

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

    def _head(self, shape: bytes) -> bytes:
        """Return what stands before the left hash in the preimage of a node of that height and size."""
        size = int.from_bytes(shape[3:], "big")
        head = self._heads[shape] = small_varint(shape[0]) + small_varint(size) + self._version_head
        return head

    def leaf(self, key: bytes, value: bytes) -> bytes:
        """Make the record of a new leaf and return its link."""
        self.made += 1
        ref = self._prefix + (self.made * PLACES).to_bytes(4, "big")
        sized_key = with_length(key)
        body = b"\x00" + sized_key + value
        self.rows[ref] = entry(body + crc32(body).to_bytes(CHECK_BYTES, "little"))
        preimage = self._leaf_prefix + sized_key + b"\x20" + sha256(value).digest()
        return ref + sha256(preimage).digest()

    def inner(self, shape: bytes, left: bytes, right: bytes, key: bytes, depth: int) -> bytes:
        """Make the record of a new inner node and return its link; `shape` is heights and size."""
        body = shape + left + right + key
        body += crc32(body).to_bytes(CHECK_BYTES, "little")
        ref = self._above(right, shape[RIGHT_HEIGHT], shape[0]) or self._above(left, shape[LEFT_HEIGHT], shape[0])
        if ref:
            self.rows[row_key(ref)] += entry(body)
        else:
            self.made += 1
            ref = self._prefix + (self.made * PLACES).to_bytes(4, "big")
            self.rows[ref] = entry(body)
        if depth <= self._levels:
            self._nodes.kept[ref] = body
        head = self._heads.get(shape) or self._head(shape)
        return ref + sha256(head + left[REF_BYTES:] + b"\x20" + right[REF_BYTES:]).digest()

    def _above(self, child: bytes, child_height: int, height: int) -> bytes:
        """Return the ref of the place above a child, which ends its strand; empty when that is not to go on."""
        ref = child[:REF_BYTES]
        if BANDS[child_height] != BANDS[height] or row_key(ref) not in self.rows:
            return b""
        return ref[:-1] + bytes((ref[-1] + 1,))
