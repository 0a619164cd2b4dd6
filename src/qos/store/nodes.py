"""Access to stored nodes: checked when read, and the top of the tree kept in memory."""

from dataclasses import dataclass

from qos.base.merkle import EMPTY_ROOT
from qos.store.backend import Getter
from qos.store.node import REF_BYTES, Node, checked, parse


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

    __slots__ = ("_get", "kept")

    def __init__(self, get: Getter) -> None:
        self._get = get
        self.kept: dict[bytes, bytes] = {}
        """Checked records by ref."""

    def record(self, link: bytes) -> bytes:
        """Return the checked record. Raises: StoreDamaged when it is missing or not what it should be."""
        ref = link[:REF_BYTES]
        return self.kept.get(ref) or checked(link, self._get(ref))

    def load(self, link: bytes) -> Node:
        """Return the node. Raises: StoreDamaged."""
        return parse(link, self.record(link))
