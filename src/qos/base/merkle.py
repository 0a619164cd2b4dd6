"""RFC 6962 Merkle trees with SHA-256, as CometBFT hashes its lists (crypto/merkle).

Leaf hash = SHA-256(0x00 || leaf), inner hash = SHA-256(0x01 || left || right); a list splits at the
largest power of two below its length; the root of the empty list is SHA-256 of nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
MAX_AUNTS = 100


class BadMerkleProof(ValueError):
    """A Merkle path does not lead to the root it is said to lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MerkleProof:
    """Path from leaf `index` of `total` to the root; `aunts` from the leaf upwards, 32 bytes each."""

    total: int
    index: int
    leaf_hash: bytes
    aunts: tuple[bytes, ...]


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one leaf."""
    return sha256(b"\x00" + leaf).digest()


def inner_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return sha256(b"\x01" + left + right).digest()


def _split(length: int) -> int:
    return 1 << (length - 1).bit_length() - 1


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        paired = [inner_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over raw leaves."""
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def prove(leaves: Sequence[bytes], index: int) -> MerkleProof:
    """Build the path of leaf `index`. Raises: IndexError when there is no such leaf."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    if not 0 <= index < len(hashes):
        raise IndexError(f"no leaf {index} of {len(hashes)}")
    aunts: list[bytes] = []
    low, high = 0, len(hashes)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            aunts.append(root_of_hashes(hashes[middle:high]))
            high = middle
        else:
            aunts.append(root_of_hashes(hashes[low:middle]))
            low = middle
    return MerkleProof(total=len(hashes), index=index, leaf_hash=hashes[index], aunts=tuple(reversed(aunts)))


def proven_leaf(proof: MerkleProof, expected_root: bytes, leaf: bytes) -> bytes:
    """Return `leaf` once it is shown to stand at `proof.index` below `expected_root`.

    Raises: BadMerkleProof when any part is malformed, missing, surplus or wrong.
    """
    proven_leaf_hash(proof, expected_root)
    if leaf_hash(leaf) != proof.leaf_hash:
        raise BadMerkleProof("leaf does not hash to the proof's leaf hash")
    return leaf


def proven_leaf_hash(proof: MerkleProof, expected_root: bytes) -> bytes:
    """Return the leaf hash the path proves below `expected_root`. Raises: BadMerkleProof."""
    if proof.total <= 0 or not 0 <= proof.index < proof.total:
        raise BadMerkleProof("index outside the tree")
    if len(expected_root) != 32 or len(proof.leaf_hash) != 32:
        raise BadMerkleProof("a hash is not 32 bytes")
    if len(proof.aunts) > MAX_AUNTS or any(len(aunt) != 32 for aunt in proof.aunts):
        raise BadMerkleProof("malformed path")
    sides = _sides(proof.index, proof.total)
    if len(sides) != len(proof.aunts):
        raise BadMerkleProof("path has the wrong length")
    current = proof.leaf_hash
    for aunt, is_left in zip(proof.aunts, sides, strict=True):
        current = inner_hash(current, aunt) if is_left else inner_hash(aunt, current)
    if current != expected_root:
        raise BadMerkleProof("path leads to another root")
    return proof.leaf_hash


def steps(proof: MerkleProof) -> tuple[tuple[bytes, bool], ...]:
    """Return each aunt, from the leaf upwards, and whether our node is its left sibling.

    Raises: ValueError when the path has the wrong length.
    """
    return tuple(zip(proof.aunts, _sides(proof.index, proof.total), strict=True))


def _sides(index: int, total: int) -> list[bool]:
    """Say for each step from the leaf upwards whether our node is the left child."""
    sides: list[bool] = []
    low, high = 0, total
    while high - low > 1:
        middle = low + _split(high - low)
        sides.append(index < middle)
        low, high = (low, middle) if index < middle else (middle, high)
    return sides[::-1]
