"""One store's IAVL+ tree, hash for hash cosmos/iavl v1: the committed root and how the next one is made.

`apply` never touches the committed tree, so that a round that is not committed is dropped by
forgetting its `Change`. The top levels stay in memory; what lies below is read when needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qos.base.merkle import EMPTY_ROOT
from qos.store.backend import Getter, Pair
from qos.store.batch import Batch
from qos.store.node import REF_BYTES, Node, parse
from qos.store.shape import Shape

Operation = tuple[bytes, bytes | None]
"""Key and new value, or None to remove the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where a version's tree begins: the root's link, empty for an empty tree."""

    link: bytes = b""

    @property
    def hash(self) -> bytes:
        """The store's root hash; SHA-256 of nothing for an empty tree."""
        return self.link[REF_BYTES:] or EMPTY_ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A prepared version: its root, the records to append (refs ascending) and the refs it replaces."""

    root: Root
    node: Node | None
    records: Sequence[Pair]
    orphans: Sequence[bytes]


class Nodes:
    """Loads nodes from the node table of one store."""

    __slots__ = ("get",)

    def __init__(self, get: Getter) -> None:
        self.get = get

    def load(self, link: bytes) -> Node:
        """Return the checked node. Raises: StoreDamaged when it is missing or not what it should be."""
        return parse(link, self.get(link[:REF_BYTES]))

    def root(self, root: Root) -> Node | None:
        """Return the root node, None for an empty tree."""
        return self.load(root.link) if root.link else None

    def left(self, node: Node) -> Node:
        """Return the left child, loaded if it is not in memory."""
        return node.left or self.load(node.left_link)

    def right(self, node: Node) -> Node:
        """Return the right child, loaded if it is not in memory."""
        return node.right or self.load(node.right_link)


class Tree:
    """The latest committed version of one store's tree."""

    __slots__ = ("_levels", "nodes", "root", "root_node")

    def __init__(self, nodes: Nodes, root: Root, levels: int) -> None:
        """Begin at a stored root; nodes of the top `levels` levels stay in memory once read."""
        self.nodes = nodes
        self.root = root
        self.root_node = nodes.root(root)
        self._levels = levels

    def apply(self, version: int, operations: Sequence[Operation]) -> Change:
        """Prepare `version` from operations sorted by key, one a key.

        Raises: ValueError when they are not; StoreDamaged.
        """
        batch = Batch(self.nodes.get, version, operations, self._levels)
        root = self.root_node
        if root is not None and operations:
            root = batch.update(root)
        rest = batch.rest if root is not None else batch.insertions()
        if rest:
            root = Shape(batch).run(root, rest)
        new = Root() if root is None else Root(link=root.link)
        return Change(root=new, node=root, records=list(batch.records.items()), orphans=batch.orphans)

    def adopt(self, change: Change) -> None:
        """Make a prepared version, now stored, the committed one."""
        self.root = change.root
        self.root_node = change.node
