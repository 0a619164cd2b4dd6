"""Verifying ICS-23 proofs against a spec: the format of every step, the root, the order of neighbours."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from qos.base.encoding import read_uvarint
from qos.store.ics23 import (
    DEFAULT_MAX_DEPTH,
    IAVL_SPEC,
    BadProof,
    CommitmentProof,
    ExistenceProof,
    InnerOp,
    InnerSpec,
    LeafOp,
    ProofSpec,
    calculate,
    hashed,
)

CHECKED_STEPS = 4_096
_IAVL_REST = (1, 34)
"""Bytes behind an IAVL inner node's three numbers: a length byte, or hash, length and length."""


def verified_value(proof: CommitmentProof, spec: ProofSpec, root: bytes, key: bytes) -> bytes:
    """Return the value the proof shows under `key` below `root`. Raises: BadProof."""
    if not isinstance(proof, ExistenceProof):
        raise BadProof("the proof is not one of existence")
    _require_names(root, key)
    if proof.key != key:
        raise BadProof("the proof is for another key")
    _check_proven(proof, spec, root)
    return proof.value


def verify_absence(proof: CommitmentProof, spec: ProofSpec, root: bytes, key: bytes) -> None:
    """Return when the proof shows that `key` is absent below `root`. Raises: BadProof.

    A tree that orders keys by their hash may name the hash in place of the key.
    """
    if isinstance(proof, ExistenceProof):
        raise BadProof("the proof is not one of absence")
    _require_names(root, key)
    left, right = proof.left, proof.right
    wanted = _for_comparison(spec, key)
    if proof.key not in (key, wanted):
        raise BadProof("the proof is for another key")
    if left is not None:
        _check_proven(left, spec, root)
        if wanted <= _for_comparison(spec, left.key):
            raise BadProof("the key is not right of its left neighbour")
    if right is not None:
        _check_proven(right, spec, root)
        if wanted >= _for_comparison(spec, right.key):
            raise BadProof("the key is not left of its right neighbour")
    _check_adjacent(left, right, spec.inner)


def _require_names(root: bytes, key: bytes) -> None:
    if not root or not key:
        raise BadProof("an empty root or key proves nothing")


def _check_proven(proof: ExistenceProof, spec: ProofSpec, root: bytes) -> None:
    check_against_spec(proof, spec)
    check_branch = branch_check(spec.inner)
    for step in proof.path:
        check_branch(step)
    if calculate(proof) != root:
        raise BadProof("the proof leads to another root")


def _for_comparison(spec: ProofSpec, key: bytes) -> bytes:
    return hashed(spec.leaf.prehash_key, key) if spec.prehash_key_before_comparison else key


def _check_adjacent(left: ExistenceProof | None, right: ExistenceProof | None, spec: InnerSpec) -> None:
    if left is not None and right is not None:
        _check_neighbours(left.path, right.path, spec)
    elif right is not None:
        if not is_leftmost(spec, right.path):
            raise BadProof("the right neighbour is not the first leaf")
    elif left is not None:
        if not is_rightmost(spec, left.path):
            raise BadProof("the left neighbour is not the last leaf")
    else:
        raise BadProof("a proof of absence needs a neighbour")


def check_against_spec(proof: ExistenceProof, spec: ProofSpec) -> None:
    """Check the format of leaf, steps and depth. Raises: BadProof."""
    if proof.leaf is None:
        raise BadProof("an existence proof needs a leaf")
    inner = spec.inner
    if inner.child_size <= 0 or inner.max_prefix_length >= inner.min_prefix_length + inner.child_size:
        raise BadProof("the spec lets a prefix hide a child")
    leaf_check(spec)(proof.leaf)
    check_depth(len(proof.path), spec)
    check_step = step_check(spec)
    for layer, step in enumerate(proof.path, start=1):
        check_step(step, layer)


def check_depth(depth: int, spec: ProofSpec) -> None:
    """Check how many steps a path has. Raises: BadProof."""
    if depth > (spec.max_depth or DEFAULT_MAX_DEPTH) or depth < spec.min_depth:
        raise BadProof(f"{depth} steps are outside the spec's depth")


@lru_cache(maxsize=8)
def leaf_check(spec: ProofSpec) -> Callable[[LeafOp], None]:
    """Return the check of a spec's leaves, as for steps: leaves of one block differ in key and value only."""

    @lru_cache(maxsize=CHECKED_STEPS)
    def check(leaf: LeafOp) -> None:
        check_leaf(leaf, spec)

    return check


@lru_cache(maxsize=8)
def step_check(spec: ProofSpec) -> Callable[[InnerOp, int], None]:
    """Return the check of a spec's steps: proofs of neighbouring keys share most of them, and good ones are kept."""

    @lru_cache(maxsize=CHECKED_STEPS)
    def check(step: InnerOp, layer: int) -> None:
        _check_step(step, spec, layer)

    return check


@lru_cache(maxsize=8)
def branch_check(spec: InnerSpec) -> Callable[[InnerOp], int]:
    """Return what tells a step's branch; it raises BadProof when the siblings do not fit."""
    paddings = tuple([_padding(spec, branch) for branch in range(len(spec.child_order))])

    def check(step: InnerOp) -> int:
        before, behind = len(step.prefix), len(step.suffix)
        for branch, (least, greatest, suffix) in enumerate(paddings):
            if least <= before <= greatest and behind == suffix:
                return branch
        raise BadProof("a step does not have exactly its siblings")

    return check


def check_leaf(leaf: LeafOp, spec: ProofSpec) -> None:
    """Check that the leaf is hashed as the spec says, with a prefix that begins as the spec's. Raises: BadProof."""
    if _is_iavl(spec):
        _check_iavl_prefix(leaf.prefix, 0)
    if not leaf.prefix.startswith(spec.leaf.prefix) or replace(leaf, prefix=spec.leaf.prefix) != spec.leaf:
        raise BadProof("the leaf is not hashed as the spec says")


def _check_step(step: InnerOp, spec: ProofSpec, layer: int) -> None:
    inner = spec.inner
    if step.hash is not inner.hash:
        raise BadProof(f"step {layer} uses another hash")
    if _is_iavl(spec):
        _check_iavl_prefix(step.prefix, layer)
    if step.prefix.startswith(spec.leaf.prefix):
        raise BadProof(f"step {layer} begins as a leaf does")
    longest = inner.max_prefix_length + (len(inner.child_order) - 1) * inner.child_size
    if not inner.min_prefix_length <= len(step.prefix) <= longest:
        raise BadProof(f"step {layer} has a prefix of {len(step.prefix)} bytes")
    if len(step.suffix) % inner.child_size:
        raise BadProof(f"step {layer} has a suffix of {len(step.suffix)} bytes")


def _is_iavl(spec: ProofSpec) -> bool:
    return spec is IAVL_SPEC or (spec.leaf == IAVL_SPEC.leaf and spec.inner == IAVL_SPEC.inner)


def _check_iavl_prefix(prefix: bytes, layer: int) -> None:
    """Check height, size and version (zigzag varints) in front of an IAVL node, and what may follow them."""
    try:
        height, at = read_uvarint(prefix)
        size, at = read_uvarint(prefix, at)
        version, at = read_uvarint(prefix, at)
    except ValueError:
        raise BadProof(f"step {layer} does not begin as an IAVL node") from None
    if (height | size | version) & 1:
        raise BadProof(f"step {layer} has a negative height, size or version")
    if height >> 1 < layer:
        raise BadProof(f"step {layer} stands above its height")
    rest = len(prefix) - at
    if (rest != 0) if layer == 0 else (rest not in _IAVL_REST):
        raise BadProof(f"step {layer} has {rest} bytes behind its numbers")
    if layer == 0 and height != 0:
        raise BadProof("the leaf has a height")


def _padding(spec: InnerSpec, branch: int) -> tuple[int, int, int]:
    """Return least and greatest prefix and the suffix length of a step whose child is `branch`."""
    position = spec.child_order.index(branch)
    before = position * spec.child_size
    after = (len(spec.child_order) - 1 - position) * spec.child_size
    return before + spec.min_prefix_length, before + spec.max_prefix_length, after


def _is_branch(spec: InnerSpec, step: InnerOp, branch: int) -> bool:
    least, greatest, suffix = _padding(spec, branch)
    return least <= len(step.prefix) <= greatest and len(step.suffix) == suffix


def branch_of(spec: InnerSpec, step: InnerOp) -> int:
    """Return which child the step goes up from. Raises: BadProof when its siblings do not fit."""
    return branch_check(spec)(step)


def is_leftmost(spec: InnerSpec, path: tuple[InnerOp, ...]) -> bool:
    """Tell whether no leaf lies left of the path; empty placeholders do not count."""
    return all(_is_branch(spec, step, 0) or left_is_empty(spec, step) for step in path)


def is_rightmost(spec: InnerSpec, path: tuple[InnerOp, ...]) -> bool:
    """Tell whether no leaf lies right of the path; empty placeholders do not count."""
    last = len(spec.child_order) - 1
    return all(_is_branch(spec, step, last) or right_is_empty(spec, step) for step in path)


def left_is_empty(spec: InnerSpec, step: InnerOp) -> bool:
    """Tell whether there are siblings left of the step's child and all are the empty placeholder."""
    branch = branch_of(spec, step)
    start = len(step.prefix) - branch * spec.child_size
    return branch > 0 and start >= 0 and step.prefix[start:] == spec.empty_child * branch


def right_is_empty(spec: InnerSpec, step: InnerOp) -> bool:
    """Tell whether there are siblings right of the step's child and all are the empty placeholder."""
    branches = len(spec.child_order) - 1 - branch_of(spec, step)
    return branches > 0 and step.suffix == spec.empty_child * branches


def _check_neighbours(left: tuple[InnerOp, ...], right: tuple[InnerOp, ...], spec: InnerSpec) -> None:
    """Check that no leaf lies between two paths to one root: they part once, side by side."""
    common = 0
    while common < min(len(left), len(right)) and left[-1 - common] == right[-1 - common]:
        common += 1
    if common in (len(left), len(right)):
        raise BadProof("one neighbour lies on the other's path")
    left_top, right_top = left[-1 - common], right[-1 - common]
    if branch_of(spec, right_top) != branch_of(spec, left_top) + 1:
        raise BadProof("the neighbours' paths do not part side by side")
    if not is_rightmost(spec, left[: len(left) - common - 1]):
        raise BadProof("there is a leaf right of the left neighbour")
    if not is_leftmost(spec, right[: len(right) - common - 1]):
        raise BadProof("there is a leaf left of the right neighbour")
