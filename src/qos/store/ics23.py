"""ICS-23: the records of Merkle proofs, the formats ("specs") we accept, and hashing one step.

A proof is only worth what its spec fixes: whoever verifies names the spec, never the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import blake2b, blake2s, sha256, sha512

from Crypto.Hash import RIPEMD160, SHA512

from qos.base.encoding import uvarint
from qos.store.node import leaf_hash

DEFAULT_MAX_DEPTH = 128


class BadProof(ValueError):
    """A proof is malformed, breaks its spec, or does not lead to the root."""


class HashOp(IntEnum):
    """Hash functions by their ICS-23 number; Keccak-256 and BLAKE3 are refused."""

    NO_HASH = 0
    SHA256 = 1
    SHA512 = 2
    KECCAK256 = 3
    RIPEMD160 = 4
    BITCOIN = 5
    SHA512_256 = 6
    BLAKE2B_512 = 7
    BLAKE2S_256 = 8
    BLAKE3 = 9


class LengthOp(IntEnum):
    """How a leaf writes the length of key and value, by ICS-23 number."""

    NO_PREFIX = 0
    VAR_PROTO = 1
    VAR_RLP = 2
    FIXED32_BIG = 3
    FIXED32_LITTLE = 4
    FIXED64_BIG = 5
    FIXED64_LITTLE = 6
    REQUIRE_32_BYTES = 7
    REQUIRE_64_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafOp:
    """How key and value become a leaf hash."""

    hash: HashOp = HashOp.NO_HASH
    prehash_key: HashOp = HashOp.NO_HASH
    prehash_value: HashOp = HashOp.NO_HASH
    length: LengthOp = LengthOp.NO_PREFIX
    prefix: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerOp:
    """One step upwards: hash(prefix || child || suffix)."""

    hash: HashOp = HashOp.NO_HASH
    prefix: bytes = b""
    suffix: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistenceProof:
    """A leaf and the steps from it to the root; without `leaf` it proves nothing."""

    key: bytes = b""
    value: bytes = b""
    leaf: LeafOp | None = None
    path: tuple[InnerOp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NonExistenceProof:
    """The neighbours between which the key would be; one is missing at an end of the tree."""

    key: bytes = b""
    left: ExistenceProof | None = None
    right: ExistenceProof | None = None


CommitmentProof = ExistenceProof | NonExistenceProof
"""What travels; the batch and compressed forms are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerSpec:
    """The shape of inner nodes; lengths in bytes, `child_size` with the child's length byte if it has one."""

    child_order: tuple[int, ...] = ()
    child_size: int = 0
    min_prefix_length: int = 0
    max_prefix_length: int = 0
    empty_child: bytes = b""
    hash: HashOp = HashOp.NO_HASH


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSpec:
    """A tree format; depths count inner nodes, 0 means the default."""

    leaf: LeafOp = field(default_factory=LeafOp)
    inner: InnerSpec = field(default_factory=InnerSpec)
    max_depth: int = 0
    min_depth: int = 0
    prehash_key_before_comparison: bool = False


_SDK_LEAF = LeafOp(hash=HashOp.SHA256, prehash_value=HashOp.SHA256, length=LengthOp.VAR_PROTO, prefix=b"\x00")

IAVL_SPEC = ProofSpec(
    leaf=_SDK_LEAF,
    inner=InnerSpec(child_order=(0, 1), child_size=33, min_prefix_length=4, max_prefix_length=12, hash=HashOp.SHA256),
)
"""cosmos/iavl: a store's tree."""

TENDERMINT_SPEC = ProofSpec(
    leaf=_SDK_LEAF,
    inner=InnerSpec(child_order=(0, 1), child_size=32, min_prefix_length=1, max_prefix_length=1, hash=HashOp.SHA256),
)
"""The simple Merkle tree over store names."""

SMT_SPEC = ProofSpec(
    leaf=LeafOp(hash=HashOp.SHA256, prehash_key=HashOp.SHA256, prehash_value=HashOp.SHA256, prefix=b"\x00"),
    inner=InnerSpec(
        child_order=(0, 1),
        child_size=32,
        min_prefix_length=1,
        max_prefix_length=1,
        empty_child=bytes(32),
        hash=HashOp.SHA256,
    ),
    max_depth=256,
    prehash_key_before_comparison=True,
)
"""The sparse Merkle tree other chains use."""

_HASHES: dict[HashOp, Callable[[bytes], bytes]] = {
    HashOp.SHA256: lambda data: sha256(data).digest(),
    HashOp.SHA512: lambda data: sha512(data).digest(),
    HashOp.RIPEMD160: lambda data: RIPEMD160.new(data).digest(),
    HashOp.BITCOIN: lambda data: RIPEMD160.new(sha256(data).digest()).digest(),
    HashOp.SHA512_256: lambda data: SHA512.new(data, truncate="256").digest(),
    HashOp.BLAKE2B_512: lambda data: blake2b(data).digest(),
    HashOp.BLAKE2S_256: lambda data: blake2s(data).digest(),
}


def hashed(operation: HashOp, data: bytes) -> bytes:
    """Hash the data. Raises: BadProof for no hash or one we do not have."""
    function = _HASHES.get(operation)
    if function is None:
        raise BadProof(f"hash operation {operation.name} is not supported")
    return function(data)


def with_length(operation: LengthOp, data: bytes) -> bytes:
    """Write the length as the leaf wants it. Raises: BadProof for a wrong length or an unknown form."""
    size = len(data)
    match operation:
        case LengthOp.NO_PREFIX:
            return data
        case LengthOp.VAR_PROTO:
            return uvarint(size) + data
        case LengthOp.FIXED32_BIG | LengthOp.FIXED32_LITTLE:
            return size.to_bytes(4, "big" if operation is LengthOp.FIXED32_BIG else "little") + data
        case LengthOp.FIXED64_BIG | LengthOp.FIXED64_LITTLE:
            return size.to_bytes(8, "big" if operation is LengthOp.FIXED64_BIG else "little") + data
        case LengthOp.REQUIRE_32_BYTES | LengthOp.REQUIRE_64_BYTES:
            if size != (32 if operation is LengthOp.REQUIRE_32_BYTES else 64):
                raise BadProof(f"leaf data has {size} bytes")
            return data
        case LengthOp.VAR_RLP:
            raise BadProof("length operation VAR_RLP is not supported")


def apply_leaf(leaf: LeafOp, key: bytes, value: bytes) -> bytes:
    """Hash a leaf. Raises: BadProof when key or value is empty or the operation is not supported."""
    if not key or not value:
        raise BadProof("a leaf needs a key and a value")
    if _is_usual(leaf):
        return leaf_hash(leaf.prefix, key, value)
    parts = [leaf.prefix]
    for prehash, data in ((leaf.prehash_key, key), (leaf.prehash_value, value)):
        ready = data if prehash is HashOp.NO_HASH else hashed(prehash, data)
        parts.append(with_length(leaf.length, ready))
    return hashed(leaf.hash, b"".join(parts))


def _is_usual(leaf: LeafOp) -> bool:
    """Tell whether a leaf is hashed as those of IAVL and simple Merkle trees are: nearly all."""
    return (
        leaf.hash is leaf.prehash_value is HashOp.SHA256
        and leaf.prehash_key is HashOp.NO_HASH
        and leaf.length is LengthOp.VAR_PROTO
    )


def apply_inner(step: InnerOp, child: bytes) -> bytes:
    """Hash one step upwards. Raises: BadProof when the child is empty."""
    if not child:
        raise BadProof("an inner node needs a child")
    if step.hash is HashOp.SHA256:
        return sha256(step.prefix + child + step.suffix).digest()
    return hashed(step.hash, step.prefix + child + step.suffix)


def calculate(proof: ExistenceProof) -> bytes:
    """Return the root the proof leads to. Raises: BadProof when it has no leaf or a bad step."""
    if proof.leaf is None:
        raise BadProof("an existence proof needs a leaf")
    current = apply_leaf(proof.leaf, proof.key, proof.value)
    for step in proof.path:
        current = apply_inner(step, current)
    return current
