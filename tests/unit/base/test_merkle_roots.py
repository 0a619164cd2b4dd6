from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base import merkle

LEAVES = st.lists(st.binary(max_size=40), min_size=1, max_size=40)


def by_definition(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == by_definition(leaves)


@given(LEAVES, st.data())
def test_every_leaf_is_proven_and_no_other_in_its_place(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = merkle.root(leaves), merkle.prove(leaves, index)
    assert merkle.proven_leaf(proof, root, leaves[index]) == leaves[index]
    other = data.draw(st.binary(max_size=40))
    if other != leaves[index]:
        with pytest.raises(merkle.BadMerkleProof):
            merkle.proven_leaf(proof, root, other)


@given(LEAVES, st.data())
def test_a_path_does_not_prove_below_another_list(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = merkle.prove(leaves, index)
    for changed in (leaves[:index], [*leaves, b"more"], leaves[::-1]):
        if by_definition(changed) != by_definition(leaves):
            with pytest.raises(merkle.BadMerkleProof):
                merkle.proven_leaf_hash(proof, by_definition(changed))
