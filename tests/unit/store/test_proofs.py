"""Proofs of values and absences, and what a verifier must refuse."""

from dataclasses import replace

import pytest

from qos.store.ics23 import BadProof, ExistenceProof, HashOp, NonExistenceProof
from qos.store.ics23_codec import decode, encode
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.proofs import StoreProof, proven_absence, proven_value

KEYS = [b"%03d" % number for number in range(0, 60, 2)]
ABSENT = [b"!", *(b"%03d" % number for number in range(1, 59, 2)), b"~"]


@pytest.fixture(scope="module")
def store() -> MultiStore:
    stores = MultiStore(MemoryBackend(), {"acc": 1, "bank": 2, "qcp": 3, "empty": 4, "one": 5})
    writes = {key: b"value " + key for key in KEYS}
    stores.apply(1, {"acc": {b"x": b"1"}, "bank": writes, "qcp": {b"001": b"other"}, "one": {b"k": b"v"}})
    stores.commit()
    stores.apply(2, {"bank": {key: b"later" for key in KEYS[::3]}})
    stores.commit()
    return stores


def existence(proof: StoreProof) -> ExistenceProof:
    inner = decode(proof.operations[0])
    assert isinstance(inner, ExistenceProof)
    return inner


def absence(proof: StoreProof) -> NonExistenceProof:
    inner = decode(proof.operations[0])
    assert isinstance(inner, NonExistenceProof)
    return inner


def refused_value(proof: StoreProof, operations: tuple[bytes, ...], key: bytes | None = None) -> None:
    with pytest.raises(BadProof):
        proven_value(operations, proof.app_hash, proof.store, key or proof.key)


def refused_absence(proof: StoreProof, operations: tuple[bytes, ...], key: bytes | None = None) -> None:
    with pytest.raises(BadProof):
        proven_absence(operations, proof.app_hash, proof.store, key or proof.key)


@pytest.mark.parametrize("version", [1, 2])
def test_every_stored_value_is_proven(store: MultiStore, version: int) -> None:
    with store.at(version) as reader:
        for key in KEYS:
            proof = store.prove(version, "bank", key)
            assert proof.value == reader.get("bank", key)
            assert proven_value(proof.operations, proof.app_hash, "bank", key) == proof.value
            refused_absence(proof, proof.operations)


@pytest.mark.parametrize("version", [1, 2])
def test_every_absence_is_proven_at_both_ends_and_between(store: MultiStore, version: int) -> None:
    for key in ABSENT:
        proof = store.prove(version, "bank", key)
        assert proof.value is None
        proven_absence(proof.operations, proof.app_hash, "bank", key)
        refused_value(proof, proof.operations)


def test_a_store_with_one_key_proves_both(store: MultiStore) -> None:
    proof = store.prove(2, "one", b"k")
    assert proven_value(proof.operations, proof.app_hash, "one", b"k") == b"v"
    for key in (b"a", b"z"):
        proof = store.prove(2, "one", key)
        proven_absence(proof.operations, proof.app_hash, "one", key)


def test_an_empty_store_proves_nothing(store: MultiStore) -> None:
    with pytest.raises(ValueError, match="empty"):
        store.prove(2, "empty", b"a")


def test_a_proof_is_for_its_key_store_and_app_hash_only(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"002")
    refused_value(proof, proof.operations, b"004")
    with pytest.raises(BadProof):
        proven_value(proof.operations, proof.app_hash, "qcp", b"002")
    with pytest.raises(BadProof):
        proven_value(proof.operations, store.prove(1, "bank", b"002").app_hash, "bank", b"002")


@pytest.mark.parametrize("app_hash", [b"", bytes(32), bytes(31), b"\x01" * 33])
def test_an_empty_or_zero_root_proves_nothing(store: MultiStore, app_hash: bytes) -> None:
    proof = store.prove(2, "bank", b"002")
    with pytest.raises(BadProof):
        proven_value(proof.operations, app_hash, "bank", b"002")
    with pytest.raises(BadProof):
        proven_absence(store.prove(2, "bank", b"003").operations, app_hash, "bank", b"003")


def test_missing_surplus_and_swapped_operations_are_refused(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"002")
    inner, outer = proof.operations
    for operations in ((), (inner,), (outer,), (outer, inner), (inner, outer, outer), (b"", outer), (inner, b"")):
        refused_value(proof, operations)
        refused_absence(proof, operations)


def test_an_empty_key_value_or_leaf_is_refused(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"002")
    inner = existence(proof)
    for bad in (replace(inner, key=b""), replace(inner, value=b""), replace(inner, leaf=None), ExistenceProof()):
        refused_value(proof, (encode(bad), proof.operations[1]))
    with pytest.raises(BadProof):
        proven_value(proof.operations, proof.app_hash, "bank", b"")
    with pytest.raises(BadProof):
        proven_value(proof.operations, proof.app_hash, "", b"002")


def test_bytes_added_to_any_field_are_refused(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"002")
    inner = existence(proof)
    assert inner.leaf is not None
    leaf = inner.leaf
    variants = [replace(inner, key=inner.key + b"\0"), replace(inner, value=inner.value + b"\0")]
    variants += [replace(inner, leaf=replace(leaf, prefix=prefix)) for prefix in (leaf.prefix + b"\0", b"\0", b"")]
    for at, step in enumerate(inner.path):
        for changed in (
            replace(step, prefix=step.prefix + b"\x20"),
            replace(step, prefix=step.prefix + b"\x20" + bytes(32)),
            replace(step, suffix=step.suffix + b"\x20" + bytes(32)),
            replace(step, suffix=step.suffix + b"\0"),
            replace(step, prefix=step.prefix[:-1]),
            replace(step, hash=HashOp.SHA512),
        ):
            variants.append(replace(inner, path=(*inner.path[:at], changed, *inner.path[at + 1 :])))
    for variant in variants:
        refused_value(proof, (encode(variant), proof.operations[1]))


def test_steps_left_out_repeated_or_exchanged_are_refused(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"002")
    inner = existence(proof)
    path = inner.path
    assert len(path) >= 4
    for bad in (path[1:], path[:-1], (*path, path[-1]), (path[1], path[0], *path[2:]), (), path * 40):
        refused_value(proof, (encode(replace(inner, path=bad)), proof.operations[1]))


def test_leaf_operations_of_another_tree_are_refused(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"002")
    inner = existence(proof)
    assert inner.leaf is not None
    for leaf in (
        replace(inner.leaf, prehash_value=HashOp.NO_HASH),
        replace(inner.leaf, prehash_key=HashOp.SHA256),
        replace(inner.leaf, hash=HashOp.SHA512),
    ):
        refused_value(proof, (encode(replace(inner, leaf=leaf)), proof.operations[1]))


def test_neighbours_must_be_adjacent(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"003")
    inner = absence(proof)
    far = existence(store.prove(2, "bank", b"010"))
    early = existence(store.prove(2, "bank", b"000"))
    for bad in (replace(inner, right=far), replace(inner, left=early), replace(inner, left=far, right=early)):
        refused_absence(proof, (encode(bad), proof.operations[1]))


def test_a_present_key_is_never_absent(store: MultiStore) -> None:
    before, after = absence(store.prove(2, "bank", b"003")), absence(store.prove(2, "bank", b"005"))
    present = store.prove(2, "bank", b"004")
    for bad in (
        NonExistenceProof(key=b"004", left=before.left, right=after.right),
        NonExistenceProof(key=b"004", left=before.left, right=before.right),
        NonExistenceProof(key=b"004", left=after.left, right=after.right),
        NonExistenceProof(key=b"004", left=before.left),
        NonExistenceProof(key=b"004", right=after.right),
        NonExistenceProof(key=b"004"),
    ):
        refused_absence(present, (encode(bad), present.operations[1]))


def test_one_neighbour_is_enough_only_at_the_ends(store: MultiStore) -> None:
    first, last = absence(store.prove(2, "bank", b"!")), absence(store.prove(2, "bank", b"~"))
    assert first.left is None
    assert last.right is None
    proof = store.prove(2, "bank", b"003")
    inner = absence(proof)
    for bad in (replace(inner, left=None), replace(inner, right=None), replace(inner, left=None, right=None)):
        refused_absence(proof, (encode(bad), proof.operations[1]))


def test_neighbours_in_the_wrong_order_are_refused(store: MultiStore) -> None:
    proof = store.prove(2, "bank", b"003")
    inner = absence(proof)
    refused_absence(proof, (encode(replace(inner, left=inner.right, right=inner.left)), proof.operations[1]))
    refused_absence(proof, (encode(replace(inner, right=inner.left)), proof.operations[1]))


def test_the_proof_of_another_store_is_refused(store: MultiStore) -> None:
    bank, other = store.prove(2, "bank", b"002"), store.prove(2, "qcp", b"001")
    refused_value(bank, (bank.operations[0], other.operations[1]))
    refused_value(other, (other.operations[0], bank.operations[1]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x0a\x00\x0a\x00",  # two proofs
        b"\x1a\x00",  # batch
        b"\x22\x00",  # compressed
        b"\x0a\x02\x0a\x00",  # default-valued field
        b"\x0a\x03\x28\x01\x00",  # unknown field
        b"\x0a\x80\x00",  # padded length
        b"\x0a\x05\x0a",  # cut
        b"\x0d\x00\x00\x00\x00",  # fixed32
        b"\x0a\x06\x12\x01b\x0a\x01a",  # fields out of order
        b"\x0a\x04\x1a\x02\x08\x63",  # no such hash operation
    ],
)
def test_a_proof_has_one_encoding(data: bytes) -> None:
    with pytest.raises(BadProof):
        decode(data)


def test_an_oversized_proof_is_not_read() -> None:
    with pytest.raises(BadProof, match="bytes"):
        decode(bytes(3_000_000))
