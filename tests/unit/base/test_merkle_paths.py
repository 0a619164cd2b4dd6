"""Merkle paths prove one leaf at one place below one root, and nothing that was changed passes."""

from dataclasses import replace

import pytest

from qos.base.merkle import (
    MAX_AUNTS,
    BadMerkleProof,
    MerkleProof,
    leaf_hash,
    prove,
    proven_leaf,
    proven_leaf_hash,
    root,
)

LEAVES = tuple(bytes([index]) * 3 for index in range(7))
ROOT = root(LEAVES)
OTHER = b"\x55" * 32


def test_every_leaf_of_every_small_list_is_proven() -> None:
    for total in range(1, 20):
        leaves = [bytes([index]) for index in range(total)]
        for index, leaf in enumerate(leaves):
            assert proven_leaf(prove(leaves, index), root(leaves), leaf) == leaf


def test_there_is_no_path_to_a_leaf_outside_the_list() -> None:
    for index in (-1, len(LEAVES)):
        with pytest.raises(IndexError):
            prove(LEAVES, index)


def forgeries() -> dict[str, tuple[MerkleProof, bytes, bytes]]:
    proof = prove(LEAVES, 2)
    leaf = LEAVES[2]
    return {
        "another leaf": (proof, ROOT, LEAVES[3]),
        "another root": (proof, OTHER, leaf),
        "an empty root": (proof, b"", leaf),
        "another leaf hash": (replace(proof, leaf_hash=leaf_hash(LEAVES[3])), ROOT, LEAVES[3]),
        "a short leaf hash": (replace(proof, leaf_hash=proof.leaf_hash[:31]), ROOT, leaf),
        "the neighbour's index": (replace(proof, index=3), ROOT, leaf),
        "a negative index": (replace(proof, index=-1), ROOT, leaf),
        "an index outside": (replace(proof, index=7), ROOT, leaf),
        "no leaves": (replace(proof, total=0, index=0), ROOT, leaf),
        "a larger tree": (replace(proof, total=9), ROOT, leaf),
        "a missing aunt": (replace(proof, aunts=proof.aunts[:-1]), ROOT, leaf),
        "a surplus aunt": (replace(proof, aunts=(*proof.aunts, OTHER)), ROOT, leaf),
        "a changed aunt": (replace(proof, aunts=(OTHER, *proof.aunts[1:])), ROOT, leaf),
        "aunts in another order": (replace(proof, aunts=proof.aunts[::-1]), ROOT, leaf),
        "a short aunt": (replace(proof, aunts=(b"", *proof.aunts[1:])), ROOT, leaf),
        "a path without end": (replace(proof, aunts=(OTHER,) * (MAX_AUNTS + 1)), ROOT, leaf),
    }


@pytest.mark.parametrize("forgery", forgeries().values(), ids=forgeries().keys())
def test_a_forged_path_is_refused(forgery: tuple[MerkleProof, bytes, bytes]) -> None:
    with pytest.raises(BadMerkleProof):
        proven_leaf(*forgery)


def test_an_inner_node_does_not_pass_as_a_leaf() -> None:
    inner_children = leaf_hash(LEAVES[0]) + leaf_hash(LEAVES[1])
    proof = MerkleProof(total=4, index=0, leaf_hash=leaf_hash(inner_children), aunts=prove(LEAVES, 0).aunts[1:])
    with pytest.raises(BadMerkleProof):
        proven_leaf_hash(proof, ROOT)
