"""Merkle roots of CometBFT and RFC 6962 inclusion proofs, most of them attacks."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.base.merkle import BadMerkleProof, MerkleProof, inner_hash, proven_leaf_hash, root

KINDS = {"merkle/tree": ("merkle/tree_hash*.json",), "merkle/inclusion": ("merkle/*inclusion*.json",)}


@pytest.mark.vectors("merkle/tree")
def test_roots_are_those_of_comet(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    vectors = json.loads(vector_file.read_text())
    for case in vectors["sha256_tree"]:
        assert root([bytes.fromhex(leaf) for leaf in case["leaves_hex"]]).hex() == case["root"]
    for case in vectors["inner_node"]:
        left, right = bytes.fromhex(case["left_hex"]), bytes.fromhex(case["right_hex"])
        assert inner_hash(left, right).hex() == case["hash"]
    vector_cases(vector_file, len(vectors["sha256_tree"]) + len(vectors["inner_node"]))


@pytest.mark.vectors("merkle/inclusion")
def test_inclusion_proofs_get_their_verdict(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    cases = json.loads(vector_file.read_text())["cases"]
    for case in cases:
        proof = MerkleProof(
            total=case["treeSize"],
            index=case["leafIdx"],
            leaf_hash=b64decode(case["leafHash"] or ""),
            aunts=tuple(b64decode(aunt) for aunt in case["proof"] or ()),
        )
        expected_root = b64decode(case["root"] or "")
        if case["wantErr"]:
            with pytest.raises(BadMerkleProof):
                pytest.fail(f"{case['file']}: {proven_leaf_hash(proof, expected_root)!r}")
        else:
            assert proven_leaf_hash(proof, expected_root) == proof.leaf_hash, case["file"]
    vector_cases(vector_file, len(cases))
