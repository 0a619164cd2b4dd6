"""Reading a tree at one root: a value, a range, the path to a leaf. Nothing is kept in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from qos.store.node import Node
from qos.store.tree import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An inner node on a path and the side the path takes."""

    node: Node
    goes_left: bool


def find(nodes: Nodes, root: Node | None, key: bytes) -> bytes | None:
    """Return the value of a key, or None when the tree does not have it."""
    node = root
    while node is not None and node.height:
        node = nodes.left(node) if key < node.key else nodes.right(node)
    return node.value if node is not None and node.key == key else None


def path_to(nodes: Nodes, root: Node, key: bytes) -> tuple[tuple[Step, ...], Node]:
    """Return the path from the root to the leaf where the key is or would be beside."""
    steps: list[Step] = []
    node = root
    while node.height:
        goes_left = key < node.key
        steps.append(Step(node=node, goes_left=goes_left))
        node = nodes.left(node) if goes_left else nodes.right(node)
    return tuple(steps), node


Path = tuple[tuple[Step, ...], Node]
"""The steps from the root, and the leaf."""


def neighbours(nodes: Nodes, root: Node, key: bytes) -> tuple[Path | None, Path | None]:
    """Return the paths to the leaves before and behind an absent key; None beyond an end of the tree."""
    steps, leaf = path_to(nodes, root, key)
    here = steps, leaf
    if leaf.key < key:
        return here, _beside(nodes, steps, goes_left=True)
    return _beside(nodes, steps, goes_left=False), here


def _beside(nodes: Nodes, steps: tuple[Step, ...], *, goes_left: bool) -> Path | None:
    """Return the path to the next leaf behind (`goes_left`) or before the one the steps lead to."""
    depth = len(steps)
    while depth and steps[depth - 1].goes_left is not goes_left:
        depth -= 1
    if depth == 0:
        return None
    turn = steps[depth - 1].node
    path = [*steps[: depth - 1], Step(node=turn, goes_left=not goes_left)]
    node = nodes.right(turn) if goes_left else nodes.left(turn)
    while node.height:
        path.append(Step(node=node, goes_left=goes_left))
        node = nodes.left(node) if goes_left else nodes.right(node)
    return tuple(path), node


def pairs(
    nodes: Nodes, root: Node | None, start: bytes, end: bytes | None, *, reverse: bool = False
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the pairs with start <= key < end in key order, or reversed."""
    # A stack entry with hash only is loaded when its turn comes, so a short scan loads little.
    stack = [] if root is None else [root]
    while stack:
        node = stack.pop()
        if node.height == 0:
            if start <= node.key and (end is None or node.key < end):
                yield node.key, node.value
            continue
        wants_left = start < node.key
        wants_right = end is None or node.key < end
        stack.extend(_children(nodes, node, wants_left=wants_left, wants_right=wants_right, reverse=reverse))


def _children(nodes: Nodes, node: Node, *, wants_left: bool, wants_right: bool, reverse: bool) -> list[Node]:
    """Return the wanted children, the one to visit first last."""
    children = [nodes.right(node)] if wants_right else []
    if wants_left:
        children.append(nodes.left(node))
    return children[::-1] if reverse else children
