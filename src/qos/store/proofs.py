"""Proofs of stored values against an app hash: making them from a tree, verifying them from their bytes.

A proof is two ICS-23 proofs: the key in its store's IAVL tree, and the store's root in the simple
Merkle tree below the app hash. Verifying returns the proven value, so that nothing else can be used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qos_native import Node, Nodes

from qos.base import merkle
from qos.store import layout
from qos.store.errors import StoreDamaged
from qos.store.ics23 import (
    IAVL_SPEC,
    TENDERMINT_SPEC,
    BadProof,
    CommitmentProof,
    ExistenceProof,
    HashOp,
    InnerOp,
    LeafOp,
    LengthOp,
    NonExistenceProof,
    calculate,
)
from qos.store.ics23_codec import decode, encode
from qos.store.ics23_verify import verified_value, verify_absence
from qos.store.node import REF_BYTES, inner_prefix, leaf_prefix
from qos.store.walk import Step, neighbours, path_to

ROOT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProof:
    """What a store holds under a key at a version, and the two proofs of it.

    `value` is None when the key is absent. `operations` are serialised `CommitmentProof`s: the first for
    an `ics23:iavl` operation with the key, the second for `ics23:simple` with the store's name. The app
    hash stands in the header of height `version` + 1.
    """

    version: int
    store: str
    key: bytes
    value: bytes | None
    operations: tuple[bytes, bytes]
    app_hash: bytes


def prove_pair(
    nodes: Nodes, root: bytes, roots: Mapping[str, bytes], *, version: int, store: str, key: bytes
) -> StoreProof:
    """Prove what the tree below `root` holds under a key; `roots` are all store roots of the version.

    Raises: StoreDamaged.
    """
    path = steps, leaf = path_to(nodes, root, key)
    inner: CommitmentProof
    if leaf.key == key:
        inner = _existence(steps, leaf)
    else:
        left, right = neighbours(nodes, path, key)
        inner = NonExistenceProof(
            key=key,
            left=None if left is None else _existence(*left),
            right=None if right is None else _existence(*right),
        )
    outer, app_hash = store_operation(tuple(roots.items()), store)
    return StoreProof(
        version=version,
        store=store,
        key=key,
        value=leaf.value if leaf.key == key else None,
        operations=(encode(inner), outer),
        app_hash=app_hash,
    )


def _existence(steps: Sequence[Step], leaf: Node) -> ExistenceProof:
    path = tuple([inner_op(step) for step in reversed(steps)])
    return ExistenceProof(key=leaf.key, value=leaf.value, leaf=leaf_op(leaf), path=path)


def leaf_op(leaf: Node) -> LeafOp:
    """Return how a leaf of a tree is hashed."""
    return LeafOp(
        hash=HashOp.SHA256,
        prehash_value=HashOp.SHA256,
        length=LengthOp.VAR_PROTO,
        prefix=leaf_prefix(leaf.version),
    )


def inner_op(step: Step) -> InnerOp:
    """Return how the child a step goes to becomes its node."""
    node = step.node
    prefix = inner_prefix(node.height, node.size, node.version)
    if step.goes_left:
        return InnerOp(hash=HashOp.SHA256, prefix=prefix + b"\x20", suffix=b"\x20" + node.right_link[REF_BYTES:])
    return InnerOp(hash=HashOp.SHA256, prefix=prefix + b"\x20" + node.left_link[REF_BYTES:] + b"\x20")


@lru_cache(maxsize=256)
def store_operation(roots: tuple[tuple[str, bytes], ...], store: str) -> tuple[bytes, bytes]:
    """Return the proof of one store's root, which all proofs of a version share, and the app hash."""
    by_name = dict(roots)
    path = merkle.prove(layout.commit_leaves(by_name), sorted(by_name).index(store))
    proof = ExistenceProof(
        key=store.encode(),
        value=by_name[store],
        leaf=TENDERMINT_SPEC.leaf,
        path=tuple(_simple_op(aunt, is_left=is_left) for aunt, is_left in merkle.steps(path)),
    )
    app_hash = layout.app_hash_of(by_name)
    if calculate(proof) != app_hash:
        raise StoreDamaged("the proof of a store does not lead to the app hash")
    return encode(proof), app_hash


def _simple_op(aunt: bytes, *, is_left: bool) -> InnerOp:
    if is_left:
        return InnerOp(hash=HashOp.SHA256, prefix=b"\x01", suffix=aunt)
    return InnerOp(hash=HashOp.SHA256, prefix=b"\x01" + aunt)


def proven_value(proof_ops: Sequence[bytes], app_hash: bytes, store: str, key: bytes) -> bytes:
    """Return the value that the two proofs show under `key` of `store` below the app hash.

    Raises: BadProof when any part is malformed, missing, surplus, empty or wrong.
    """
    root = proven_root(proof_ops, app_hash, store)
    return verified_value(decode(proof_ops[0]), IAVL_SPEC, root, key)


def proven_absence(proof_ops: Sequence[bytes], app_hash: bytes, store: str, key: bytes) -> None:
    """Return when the two proofs show that `store` has no `key` below the app hash.

    Raises: BadProof when any part is malformed, missing, surplus, empty or wrong.
    """
    root = proven_root(proof_ops, app_hash, store)
    verify_absence(decode(proof_ops[0]), IAVL_SPEC, root, key)


def proven_root(proof_ops: Sequence[bytes], app_hash: bytes, store: str) -> bytes:
    """Return the store's root once the second of two operations proves it. Raises: BadProof."""
    if len(proof_ops) != 2 or len(app_hash) != ROOT_BYTES or not any(app_hash):
        raise BadProof("a store proof is two operations below an app hash of 32 bytes")
    return _root_below(bytes(proof_ops[1]), app_hash, store)


@lru_cache(maxsize=256)
def _root_below(proof_op: bytes, app_hash: bytes, store: str) -> bytes:
    """Return the proven root of a store, which all proofs under one header share. Raises: BadProof."""
    root = verified_value(decode(proof_op), TENDERMINT_SPEC, app_hash, store.encode())
    if len(root) != ROOT_BYTES:
        raise BadProof("the root of a store is not 32 bytes")
    return root
