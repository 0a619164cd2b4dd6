"""The part of QOS that is not Python: what a block does to the state tree, and the hashes of it.

A tree is an IAVL+ tree, hash for hash cosmos/iavl v1. Its nodes stand in rows of a node table, which is read through a
function given and written by the caller. A link is where a node is and what it must hash to, 44 bytes; empty, it is an
empty tree. What reads nodes raises `qos.store.errors.StoreDamaged` when one is missing or not what it should be, and
whatever the function given raises.
"""

from collections.abc import Callable, Iterator
from typing import Self, final

@final
class Tree:
    """The latest committed version of one store's tree; the top `levels` levels stay in memory once read."""

    def __new__(cls, get: Callable[[bytes], bytes | None], link: bytes, levels: int, made: int = 0) -> Self:
        """Begin at a stored root.

        `made` strands of the version to come are stored already: those of a foundation.
        """

    @property
    def root(self) -> bytes:
        """The link of the committed root."""

    def apply(
        self, version: int, operations: list[tuple[bytes, bytes | None]]
    ) -> tuple[bytes, list[tuple[bytes, bytes]], list[bytes]]:
        """Prepare a version from operations sorted by key, one a key: a new value, or None to remove.

        Returns the link of its root, the rows to append, keys ascending, and the keys of stored rows of which no node
        is part of it. Nothing that is committed changes. Raises: ValueError when operations are not sorted.
        """

    def adopt(self) -> None:
        """Make the prepared version, now stored, the committed one."""

    def find(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None when the tree does not have it."""

    def pairs(self, start: bytes, end: bytes | None, *, reverse: bool = False) -> Pairs:
        """Yield the pairs with start <= key < end in order of key, or reversed; reads only what it yields."""

    def preload(self) -> bool:
        """Take the next nodes of the kept levels into memory, in order of key; tell whether there are more."""

    @property
    def kept(self) -> int:
        """How many nodes are in memory."""

@final
class Node:
    """A leaf (height 0) or an inner node, as it is stored; `key` of an inner node is the smallest one on its right."""

    link: bytes
    version: int
    height: int
    size: int
    key: bytes
    value: bytes
    left_link: bytes
    right_link: bytes

@final
class Nodes:
    """Reads trees of kept versions; nothing stays in memory."""

    def __new__(cls, get: Callable[[bytes], bytes | None]) -> Self: ...
    def load(self, link: bytes) -> Node:
        """Return the node a link names."""

    def find(self, root: bytes, key: bytes) -> bytes | None:
        """Return the value of a key below a root, or None when the tree does not have it."""

    def pairs(self, root: bytes, start: bytes, end: bytes | None, *, reverse: bool = False) -> Pairs:
        """Yield the pairs with start <= key < end below a root in order of key, or reversed."""

@final
class Pairs(Iterator[tuple[bytes, bytes]]):
    """The pairs of a range, key and value, as they are read."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[bytes, bytes]: ...

@final
class Foundation:
    """Builds the first version of a tree from pairs in order of key."""

    def __new__(cls, version: int) -> Self: ...
    def append(self, key: bytes, value: bytes) -> None:
        """Insert a key that is larger than all before."""

    def taken(self) -> list[tuple[bytes, bytes]]:
        """Hand over the rows made since the last call, keys ascending."""

    def finish(self) -> bytes:
        """Make the last rows and return the link of the root."""

    @property
    def strands(self) -> int:
        """How many strands were made."""

@final
class Dead:
    """Dead strands of one store that wait until they are deleted, in buckets by where in the node table they lie."""

    def __new__(cls, buckets: int) -> Self:
        """Begin with that many empty buckets. Raises: ValueError for none."""

    def __len__(self) -> int:
        """Return how many strands wait."""

    def add(self, keys: bytes) -> None:
        """Take the keys of rows, one behind the other. Raises: ValueError when one is cut."""

    def take(self, version: int) -> list[bytes]:
        """Hand over the keys in the bucket that is a version's turn, ascending."""

def leaf_row(version: int, strand: int, key: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return link and row of a leaf that stands in a strand of its own; the row's key is the link's first 12 bytes."""

def inner_row(
    version: int, strand: int, *, heights: tuple[int, int, int], size: int, left: bytes, right: bytes, key: bytes
) -> tuple[bytes, bytes]:
    """Return link and row of an inner node in a strand of its own; `heights` are its own, left, right."""

def row_key(reference: bytes) -> bytes:
    """Return the key of the row that has a node of that ref."""
