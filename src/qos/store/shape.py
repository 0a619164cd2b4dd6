"""Insertions and removals, one by one in key order, with the rotations of cosmos/iavl v1.

They work on nodes without a link (new, mutable) and copies of linked ones; at the end the new ones are
named, hashed and serialised, children first. Recursion follows the height of a balanced tree.
"""

from collections.abc import Iterable

from qos.base.encoding import u64
from qos.store.batch import Batch
from qos.store.node import Node


class Shape:
    """Changes which keys a tree has, within a batch."""

    __slots__ = ("_batch",)

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def run(self, link: bytes, indexes: Iterable[int]) -> bytes:
        """Do the operations named by index; each removes a key that is there or inserts one that is not.

        Takes and returns the root's link, empty for an empty tree.
        """
        root = self._batch.load(link) if link else None
        for index in indexes:
            key, value = self._batch.operation(index)
            if value is None:
                root = None if root is None else self._remove(root, key)[0]
            else:
                root = Node(key, value, b"") if root is None else self._insert(root, key, value)
        return b"" if root is None else self._finish(root, 1)

    def _left(self, node: Node) -> Node:
        return node.left or self._batch.load(node.left_link)

    def _right(self, node: Node) -> Node:
        return node.right or self._batch.load(node.right_link)

    def _writable(self, node: Node) -> Node:
        """Return the node itself when it is new, else a copy that is."""
        if not node.link:
            return node
        self._batch.replaced(node.link)
        copy = Node(node.key, b"", b"")
        copy.height, copy.left_height, copy.right_height = node.height, node.left_height, node.right_height
        copy.size = node.size
        copy.left_link, copy.right_link = node.left_link, node.right_link
        return copy

    def _drop(self, node: Node) -> None:
        if node.link:
            self._batch.replaced(node.link)

    def _insert(self, node: Node, key: bytes, value: bytes) -> Node:
        if node.height == 0:
            leaf = Node(key, value, b"")
            smaller, larger = (leaf, node) if key < node.key else (node, leaf)
            parent = Node(larger.key, b"", b"")
            parent.height, parent.size = 1, 2
            _set_left(parent, smaller)
            _set_right(parent, larger)
            return parent
        node = self._writable(node)
        node.size += 1
        if key < node.key:
            _set_left(node, self._insert(self._left(node), key, value))
        else:
            _set_right(node, self._insert(self._right(node), key, value))
        return self._balanced(node)

    def _remove(self, node: Node, key: bytes) -> tuple[Node | None, bytes | None]:
        """Return what stands in the node's place and, if its smallest key went, the next one."""
        if node.height == 0:
            self._drop(node)
            return None, None
        if key < node.key:
            left, smallest = self._remove(self._left(node), key)
            if left is None:
                self._drop(node)
                return self._right(node), node.key
            node = self._writable(node)
            _set_left(node, left)
        else:
            right, next_key = self._remove(self._right(node), key)
            if right is None:
                self._drop(node)
                return self._left(node), None
            node = self._writable(node)
            _set_right(node, right)
            node.key = next_key or node.key
            smallest = None
        node.size -= 1
        return self._balanced(node), smallest

    def _balanced(self, node: Node) -> Node:
        """Restore height and balance of a new node whose subtrees are balanced."""
        lean = node.left_height - node.right_height
        if lean > 1:
            left = self._left(node)
            if left.left_height < left.right_height:
                _set_left(node, self._rotate_left(self._writable(left)))
            return self._rotate_right(node)
        if lean < -1:
            right = self._right(node)
            if right.left_height > right.right_height:
                _set_right(node, self._rotate_right(self._writable(right)))
            return self._rotate_left(node)
        node.height = 1 + max(node.left_height, node.right_height)
        return node

    def _rotate_right(self, node: Node) -> Node:
        top = self._writable(self._left(node))
        moved = self._right(top)
        whole = node.size
        node.size += moved.size - top.size
        top.size = whole
        _set_left(node, moved)
        node.height = 1 + max(node.left_height, node.right_height)
        _set_right(top, node)
        top.height = 1 + max(top.left_height, top.right_height)
        return top

    def _rotate_left(self, node: Node) -> Node:
        top = self._writable(self._right(node))
        moved = self._left(top)
        whole = node.size
        node.size += moved.size - top.size
        top.size = whole
        _set_right(node, moved)
        node.height = 1 + max(node.left_height, node.right_height)
        _set_left(top, node)
        top.height = 1 + max(top.left_height, top.right_height)
        return top

    def _finish(self, node: Node, depth: int) -> bytes:
        """Return the link of a node, made for it and all new nodes below if it is new."""
        if node.link:
            return node.link
        if node.height == 0:
            return self._batch.leaf(node.key, node.value)
        left = node.left_link if node.left is None else self._finish(node.left, depth + 1)
        right = node.right_link if node.right is None else self._finish(node.right, depth + 1)
        shape = bytes((node.height, node.left_height, node.right_height)) + u64(node.size)
        return self._batch.inner(shape, left, right, node.key, depth)


def _set_left(node: Node, child: Node) -> None:
    node.left, node.left_link, node.left_height = child, child.link, child.height


def _set_right(node: Node, child: Node) -> None:
    node.right, node.right_link, node.right_height = child, child.link, child.height
