"""The ways from a root to its leaves, for proofs. Nothing is kept in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from qos_native import Node, Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An inner node on a path and the side the path takes."""

    node: Node
    goes_left: bool


Path = tuple[tuple[Step, ...], Node]
"""The steps from the root, and the leaf."""


def path_to(nodes: Nodes, root: bytes, key: bytes) -> Path:
    """Return the path from the root to the leaf where the key is or would be beside."""
    steps: list[Step] = []
    node = nodes.load(root)
    while node.height:
        goes_left = key < node.key
        steps.append(Step(node=node, goes_left=goes_left))
        node = nodes.load(node.left_link) if goes_left else nodes.load(node.right_link)
    return tuple(steps), node


def neighbours(nodes: Nodes, path: Path, key: bytes) -> tuple[Path | None, Path | None]:
    """Return the paths to the leaves before and behind an absent key; None beyond an end of the tree.

    `path` is the one to the key, which ends at one of them.
    """
    steps, leaf = path
    if leaf.key < key:
        return path, _beside(nodes, steps, goes_left=True)
    return _beside(nodes, steps, goes_left=False), path


def _beside(nodes: Nodes, steps: tuple[Step, ...], *, goes_left: bool) -> Path | None:
    """Return the path to the next leaf behind (`goes_left`) or before the one the steps lead to."""
    depth = len(steps)
    while depth and steps[depth - 1].goes_left is not goes_left:
        depth -= 1
    if depth == 0:
        return None
    turn = steps[depth - 1].node
    path = [*steps[: depth - 1], Step(node=turn, goes_left=not goes_left)]
    node = nodes.load(turn.right_link) if goes_left else nodes.load(turn.left_link)
    while node.height:
        path.append(Step(node=node, goes_left=goes_left))
        node = nodes.load(node.left_link) if goes_left else nodes.load(node.right_link)
    return tuple(path), node


def paths(nodes: Nodes, root: bytes, start: bytes, end: bytes, *, limit: int) -> Iterator[Path]:
    """Yield the paths to the first leaves with start <= key < end, `limit` at most, in key order."""
    waiting: list[tuple[tuple[Step, ...], bytes]] = [((), root)] if root else []
    while waiting and limit:
        steps, link = waiting.pop()
        node = nodes.load(link)
        if node.height:
            if node.key < end:
                waiting.append(((*steps, Step(node=node, goes_left=False)), node.right_link))
            if start < node.key:
                waiting.append(((*steps, Step(node=node, goes_left=True)), node.left_link))
        elif start <= node.key < end:
            limit -= 1
            yield steps, node
