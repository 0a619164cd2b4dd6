"""One store's IAVL+ tree, hash for hash cosmos/iavl v1: the committed root and how the next one is made.

`apply` never touches the committed tree, so that a round that is not committed is dropped by
forgetting its `Change`. The top levels stay in memory once read, by an update or ahead of it by `preload`; what
lies below is read when needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qos.store.batch import Batch
from qos.store.node import CHECK_BYTES, KEY, LEFT, LEFT_HEIGHT, REF_BYTES, RIGHT, RIGHT_HEIGHT
from qos.store.nodes import Nodes, Root
from qos.store.shape import Shape
from qos.store.spine import Spine
from qos.store.strands import PLACES, keys_among

PRELOAD_STEP = 1_000
"""Nodes that one call of `preload` looks at: some milliseconds."""

Operation = tuple[bytes, bytes | None]
"""Key and new value, or None to remove the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A prepared version.

    `rows` are to be appended, keys ascending; `orphans` are the keys of stored rows of which no node is part of it.
    """

    root: Root
    rows: Mapping[bytes, bytes]
    orphans: Sequence[bytes]


class Tree:
    """The latest committed version of one store's tree."""

    __slots__ = ("_from", "_levels", "_made", "_prepared", "nodes", "root")

    def __init__(self, nodes: Nodes, root: Root, levels: int, made: int = 0) -> None:
        """Begin at a stored root; nodes of the top `levels` levels stay in memory once read.

        `made` strands of the version to come are stored already: those of a foundation.
        """
        self.nodes = nodes
        self.root = root
        self._levels = levels
        self._made = made
        self._prepared: Batch | None = None
        self._from: bytes | None = b""
        """The key from which on nodes are still to be preloaded; None when that is done."""

    def apply(self, version: int, operations: Sequence[Operation]) -> Change:
        """Prepare `version` from operations sorted by key, one a key.

        Raises: ValueError when they are not; StoreDamaged.
        """
        self._drop()
        batch = Batch(self.nodes, version, operations, self._levels, self._made)
        link = self.root.link
        if not link:
            spine = Spine(batch)
            for key, value in operations:
                if value is not None:
                    spine.append(key, value)
            link = spine.finish()
        elif operations:
            link = batch.update(link)
            if batch.rest:
                link = Shape(batch).run(link, batch.rest)
        self._prepared = batch
        return Change(root=Root(link=link), rows=batch.rows, orphans=keys_among(batch.orphans))

    def preload(self) -> bool:
        """Take the next nodes of the kept levels into memory, in order of key; tell whether there are more.

        Blocks may be committed between two calls: what they make is kept anyway. Raises: StoreDamaged.
        """
        start, kept = self._from, self.nodes.kept
        if start is None:
            return False
        waiting = [(self.root.link, b"", 1)] if self.root.link and self._levels else []
        looked = 0
        while waiting:
            link, floor, depth = waiting.pop()
            # The way down to where the last call stopped does not count, or a call might come no further.
            looked += floor >= start
            if looked > PRELOAD_STEP:
                self._from = floor
                return True
            ref = link[:REF_BYTES]
            record = kept.get(ref)
            if record is None:
                record = kept[ref] = self.nodes.read(link)
            if depth == self._levels or not record[0]:
                continue
            key = record[KEY:-CHECK_BYTES]
            if record[RIGHT_HEIGHT]:
                waiting.append((record[RIGHT:KEY], key, depth + 1))
            if record[LEFT_HEIGHT] and start < key:
                waiting.append((record[LEFT:RIGHT], floor, depth + 1))
        self._from = None
        return False

    def _drop(self) -> None:
        """Forget what was prepared: its refs will be those of other nodes."""
        if self._prepared is not None:
            for key in self._prepared.rows:
                for place in range(PLACES):
                    self.nodes.kept.pop(key[:-1] + bytes((key[-1] + place,)), None)
            self._prepared = None

    def adopt(self, change: Change) -> None:
        """Make a prepared version, now stored, the committed one."""
        self._prepared = None
        self._made = 0
        self.root = change.root
