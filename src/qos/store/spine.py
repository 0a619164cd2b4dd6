"""The first version of a tree: ascending insertions into nothing, without walking down for each.

A key larger than all goes to the end of the right spine, and rotations there only ever move what
hangs to its left. So only the spine is kept: what hangs to its left is finished and serialised.
"""

from dataclasses import dataclass

from qos.base.encoding import u64
from qos.store.batch import Batch

_UNKNOWN_DEPTH = 1 << 10


@dataclass(slots=True)
class _Vertebra:
    """A node of the right spine: its separator, its left subtree, and its own height."""

    key: bytes
    left: bytes
    left_height: int
    left_size: int
    height: int


class Spine:
    """Builds a tree from sorted pairs, within a batch."""

    __slots__ = ("_batch", "_last", "_spine")

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._spine: list[_Vertebra] = []
        self._last = b""

    def append(self, key: bytes, value: bytes) -> None:
        """Insert a key that is larger than all before."""
        leaf = self._batch.leaf(key, value)
        if self._last:
            self._spine.append(_Vertebra(key, self._last, 0, 1, 1))
            self._rebalance()
        self._last = leaf

    def _rebalance(self) -> None:
        """Restore heights and balance from the end of the spine upwards, as far as they change."""
        spine = self._spine
        at = len(spine) - 2
        while at >= 0:
            node, right = spine[at], spine[at + 1]
            if right.height - node.left_height > 1:
                self._rotate_left(at)
            elif node.height == 1 + max(node.left_height, right.height):
                return
            else:
                node.height = 1 + max(node.left_height, right.height)
            at -= 1

    def _rotate_left(self, at: int) -> None:
        """Hang a spine node, now with its right child's left subtree, to the left of that child."""
        node, top = self._spine[at], self._spine[at + 1]
        height, size = 1 + max(node.left_height, top.left_height), node.left_size + top.left_size
        shape = bytes((height, node.left_height, top.left_height)) + u64(size)
        top.left = self._batch.inner(shape, node.left, top.left, node.key, _UNKNOWN_DEPTH)
        top.left_height, top.left_size = height, size
        right_height = self._spine[at + 2].height if at + 2 < len(self._spine) else 0
        top.height = 1 + max(height, right_height)
        del self._spine[at]

    def finish(self) -> bytes:
        """Serialise the spine and return the root's link, empty when nothing was inserted."""
        link, height, size = self._last, 0, 1
        while self._spine:
            node = self._spine.pop()
            shape = bytes((node.height, node.left_height, height)) + u64(node.left_size + size)
            link = self._batch.inner(shape, node.left, link, node.key, len(self._spine) + 1)
            height, size = node.height, node.left_size + size
        return link
