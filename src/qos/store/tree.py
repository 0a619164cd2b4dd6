"""IAVL+ tree, hash for hash cosmos/iavl v1, updated in one sorted batch a version.

`Tree` holds one committed root; `apply` prepares the next version without touching it, so that a
round that is not committed is dropped by forgetting its `Change`. Recursion follows the height of a
balanced tree (under 1.45 log2 of its keys), never the input.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from qos.base.encoding import u32, u64
from qos.base.merkle import EMPTY_ROOT
from qos.store.backend import Getter, Pair
from qos.store.errors import StoreDamaged
from qos.store.node import (
    Node,
    inner_hash,
    inner_prefix,
    inner_record,
    leaf_hash,
    leaf_prefix,
    leaf_record,
    parse,
)

Operation = tuple[bytes, bytes | None]
"""Key and new value, or None to remove the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where a version's tree begins: the root's ref and hash; an empty tree has no ref."""

    ref: bytes = b""
    hash: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A prepared version: its root, the records to append (refs ascending) and the refs it replaces."""

    root: Root
    node: Node | None
    records: Sequence[Pair]
    orphans: Sequence[bytes]


class Nodes:
    """Loads nodes from the node table of one store."""

    __slots__ = ("_get",)

    def __init__(self, get: Getter) -> None:
        self._get = get

    def load(self, ref: bytes, expected_hash: bytes) -> Node:
        """Return the checked node. Raises: StoreDamaged when it is missing or not what it should be."""
        record = self._get(ref)
        if record is None:
            raise StoreDamaged(f"node {ref.hex()} is missing")
        return parse(ref, expected_hash, record)

    def root(self, root: Root) -> Node | None:
        """Return the root node, None for an empty tree."""
        return self.load(root.ref, root.hash) if root.ref else None

    def left(self, node: Node) -> Node:
        """Return the left child, loaded if it is not in memory."""
        return node.left or self.load(node.left_ref, node.left_hash)

    def right(self, node: Node) -> Node:
        """Return the right child, loaded if it is not in memory."""
        return node.right or self.load(node.right_ref, node.right_hash)


class Tree:
    """The latest committed version of one store's tree, its top levels kept in memory."""

    __slots__ = ("_cache_levels", "nodes", "root", "root_node")

    def __init__(self, nodes: Nodes, root: Root, cache_levels: int) -> None:
        self.nodes = nodes
        self.root = root
        self.root_node = nodes.root(root)
        self._cache_levels = cache_levels

    def apply(self, version: int, operations: Sequence[Operation]) -> Change:
        """Prepare `version` from operations sorted by key, one a key.

        Raises: ValueError when they are not; StoreDamaged.
        """
        batch = Batch(self.nodes, version, operations)
        return batch.run(self.root, self.root_node)

    def adopt(self, change: Change) -> None:
        """Make a prepared version, now stored, the committed one."""
        self.root = change.root
        self.root_node = change.node
        if change.node is not None and change.records:
            _forget(change.node, self._cache_levels)


def _forget(node: Node, levels: int) -> None:
    """Drop what lies more than `levels` below."""
    if levels == 0:
        node.left = node.right = None
        return
    if node.left is not None:
        _forget(node.left, levels - 1)
    if node.right is not None:
        _forget(node.right, levels - 1)


class Batch:
    """One version in the making."""

    def __init__(self, nodes: Nodes, version: int, operations: Sequence[Operation]) -> None:
        self._nodes = nodes
        self._version = version
        self._keys = [key for key, _ in operations]
        self._values = [value for _, value in operations]
        if any(a >= b for a, b in zip(self._keys, self._keys[1:], strict=False)):
            raise ValueError("operations are not sorted by key")
        self._rest: list[int] = []
        self._orphans: list[bytes] = []
        self._records: list[Pair] = []

    def run(self, old: Root, root: Node | None) -> Change:
        """Update what exists, then insert and remove in key order, then hash what is new."""
        if root is None:
            self._rest.extend(index for index, value in enumerate(self._values) if value is not None)
        elif self._keys:
            root = self._update(root, 0, len(self._keys))
        for index in self._rest:
            root = self._insert_or_remove(root, self._keys[index], self._values[index])
        if root is None:
            return Change(root=Root(), node=None, records=(), orphans=self._orphans)
        if root.ref:
            kept = Root(ref=root.ref, hash=root.hash)
            return Change(root=kept, node=root, records=(), orphans=self._orphans)
        Finisher(self._version, self._records).finish(root)
        new = Root(ref=root.ref, hash=root.hash)
        return Change(root=new, node=root, records=self._records, orphans=self._orphans)

    def _update(self, node: Node, low: int, high: int) -> Node:
        if node.height == 0:
            return self._update_leaf(node, low, high)
        middle = bisect_left(self._keys, node.key, low, high)
        left = right = None
        if low < middle:
            old = node.left = self._nodes.left(node)
            left = self._update(old, low, middle)
            left = None if left is old else left
        if middle < high:
            old = node.right = self._nodes.right(node)
            right = self._update(old, middle, high)
            right = None if right is old else right
        if left is None and right is None:
            return node
        node = self._writable(node)
        node.left = left or node.left
        node.right = right or node.right
        return node

    def _update_leaf(self, leaf: Node, low: int, high: int) -> Node:
        """Return the leaf or its successor; note what is to be inserted or removed here."""
        updated = leaf
        for index in range(low, high):
            value = self._values[index]
            if self._keys[index] != leaf.key:
                if value is not None:
                    self._rest.append(index)
            elif value is None:
                self._rest.append(index)
            else:
                self._orphans.append(leaf.ref)
                updated = Node(leaf.key, value, 0, 1, b"")
        return updated

    def _writable(self, node: Node) -> Node:
        """Return the node itself when it is new, else a copy that is."""
        if not node.ref:
            return node
        self._orphans.append(node.ref)
        copy = Node(node.key, b"", node.height, node.size, b"")
        copy.left, copy.left_ref, copy.left_hash = node.left, node.left_ref, node.left_hash
        copy.right, copy.right_ref, copy.right_hash = node.right, node.right_ref, node.right_hash
        return copy

    def _insert_or_remove(self, root: Node | None, key: bytes, value: bytes | None) -> Node | None:
        if root is None:
            return None if value is None else Node(key, value, 0, 1, b"")
        return self._remove(root, key)[0] if value is None else self._insert(root, key, value)

    def _insert(self, node: Node, key: bytes, value: bytes) -> Node:
        if node.height == 0:
            leaf = Node(key, value, 0, 1, b"")
            smaller, larger = (leaf, node) if key < node.key else (node, leaf)
            parent = Node(larger.key, b"", 1, 2, b"")
            _set_left(parent, smaller)
            _set_right(parent, larger)
            return parent
        node = self._writable(node)
        if key < node.key:
            _set_left(node, self._insert(self._nodes.left(node), key, value))
        else:
            _set_right(node, self._insert(self._nodes.right(node), key, value))
        return self._balanced(node)

    def _remove(self, node: Node, key: bytes) -> tuple[Node | None, bytes | None]:
        """Remove a key that is there.

        Returns what stands in the node's place and, if its smallest key went, the next one.
        """
        if node.height == 0:
            self._drop(node)
            return None, None
        if key < node.key:
            left, smallest = self._remove(self._nodes.left(node), key)
            if left is None:
                self._drop(node)
                return self._nodes.right(node), node.key
            node = self._writable(node)
            _set_left(node, left)
            return self._balanced(node), smallest
        right, smallest = self._remove(self._nodes.right(node), key)
        if right is None:
            self._drop(node)
            return self._nodes.left(node), None
        node = self._writable(node)
        _set_right(node, right)
        node.key = smallest or node.key
        return self._balanced(node), None

    def _drop(self, node: Node) -> None:
        if node.ref:
            self._orphans.append(node.ref)

    def _balanced(self, node: Node) -> Node:
        """Restore height, size and balance of a new node whose subtrees are balanced."""
        left, right = self._nodes.left(node), self._nodes.right(node)
        if left.height > right.height + 1:
            if self._lean(left) < 0:
                _set_left(node, self._rotate_left(self._writable(left)))
            return self._rotate_right(node)
        if right.height > left.height + 1:
            if self._lean(right) > 0:
                _set_right(node, self._rotate_right(self._writable(right)))
            return self._rotate_left(node)
        node.height = 1 + max(left.height, right.height)
        node.size = left.size + right.size
        return node

    def _lean(self, node: Node) -> int:
        return self._nodes.left(node).height - self._nodes.right(node).height

    def _measure(self, node: Node) -> None:
        left, right = self._nodes.left(node), self._nodes.right(node)
        node.height = 1 + max(left.height, right.height)
        node.size = left.size + right.size

    def _rotate_right(self, node: Node) -> Node:
        top = self._writable(self._nodes.left(node))
        _set_left(node, self._nodes.right(top))
        self._measure(node)
        _set_right(top, node)
        self._measure(top)
        return top

    def _rotate_left(self, node: Node) -> Node:
        top = self._writable(self._nodes.right(node))
        _set_right(node, self._nodes.left(top))
        self._measure(node)
        _set_left(top, node)
        self._measure(top)
        return top


def _set_left(node: Node, child: Node) -> None:
    node.left, node.left_ref, node.left_hash = child, child.ref, child.hash


def _set_right(node: Node, child: Node) -> None:
    node.right, node.right_ref, node.right_hash = child, child.ref, child.hash


class Finisher:
    """Names, hashes and serialises the new nodes of one version, children first."""

    __slots__ = ("_leaf_prefix", "_prefix", "_records", "_version")

    def __init__(self, version: int, records: list[Pair]) -> None:
        self._version = version
        self._prefix = u64(version)
        self._leaf_prefix = leaf_prefix(version)
        self._records = records

    def finish(self, node: Node) -> None:
        """Finish a new node and all new nodes below it."""
        if node.height == 0:
            node.hash = leaf_hash(self._leaf_prefix, node.key, node.value)
            record = leaf_record(node.key, node.value)
        else:
            left, right = node.left, node.right
            if left is not None and not left.ref:
                self.finish(left)
                _set_left(node, left)
            if right is not None and not right.ref:
                self.finish(right)
                _set_right(node, right)
            prefix = inner_prefix(node.height, node.size, self._version)
            node.hash = inner_hash(prefix, node.left_hash, node.right_hash)
            record = inner_record(node)
        node.ref = self._prefix + u32(len(self._records) + 1)
        self._records.append((node.ref, record))
