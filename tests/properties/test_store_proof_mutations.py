"""No altered proof is accepted: bytes flipped, added, cut, moved and repeated, and fields of other proofs."""

import random
from collections.abc import Callable

from qos.store.ics23 import BadProof
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.proofs import StoreProof, proven_absence, proven_value
from qos.store.ranges import Range, proven_pairs

SHORT, LONG = 1_500, 100_000


def world_store() -> MultiStore:
    chance = random.Random(23)
    store = MultiStore(MemoryBackend(), {"acc": 1, "bank": 2, "qcp": 3})
    for version in range(1, 6):
        writes = {b"%04d" % (2 * chance.randrange(300)): b"%d" % chance.getrandbits(90) for _ in range(80)}
        store.apply(version, {"bank": writes, "acc": {b"a%d" % version: b"1"}, "qcp": {b"q": b"%d" % version}})
        store.commit()
    return store


def world() -> list[StoreProof]:
    store = world_store()
    keys = [key for key, _ in store.reader().scan("bank", b"", None)]
    absent = [*(key + b"!" for key in keys[::5]), b"!", b"~"]
    return [store.prove(5, "bank", key) for key in (*keys[::5], *absent)]


def flip(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]


def replace_byte(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]


def insert(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 1, 2, 33))) + data[at:]


def cut(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice((1, 1, 2, 33)) :]


def repeat(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice((1, 4, 33, 43))
    return data[: at + length] + data[at : at + length] + data[at + length :]


def splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice((1, 32, 33, 120))
    return data[:at] + other[at : at + length] + data[at + length :]


MUTATIONS: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (
    flip,
    replace_byte,
    insert,
    cut,
    repeat,
    splice,
)


def is_accepted(proof: StoreProof, operations: list[bytes]) -> bool:
    try:
        if proof.value is None:
            proven_absence(operations, proof.app_hash, proof.store, proof.key)
        else:
            proven_value(operations, proof.app_hash, proof.store, proof.key)
    except BadProof:
        return False
    return True


def test_no_altered_proof_is_accepted(long_run: bool) -> None:
    proofs = world()
    assert all(is_accepted(proof, list(proof.operations)) for proof in proofs)
    chance = random.Random(101)
    tried = 0
    while tried < (LONG if long_run else SHORT):
        proof, other = chance.choice(proofs), chance.choice(proofs)
        operations = list(proof.operations)
        which = chance.randrange(2)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            operations[which] = chance.choice(MUTATIONS)(chance, operations[which], other.operations[which])
        if operations != list(proof.operations):
            tried += 1
            assert not is_accepted(proof, operations), (proof.key, [operation.hex() for operation in operations])


def is_range_accepted(operations: list[bytes], app_hash: bytes, keys: list[bytes]) -> bool:
    try:
        proven_pairs(operations, app_hash, "bank", keys)
    except BadProof:
        return False
    return True


def test_no_altered_proof_of_a_range_is_accepted(long_run: bool) -> None:
    """[Q10] A proof that shares steps between packets is no looser than one for each."""
    store = world_store()
    keys = [key for key, _ in store.reader().scan("bank", b"", None)]
    proofs = []
    for at in range(0, len(keys) - 12, 9):
        found = store.prove_range(5, "bank", Range(start=keys[at], end=keys[at + 12]))
        assert found is not None
        proofs.append((found, keys[at : at + 12]))
    assert all(is_range_accepted(list(found), store.app_hash, some) for found, some in proofs)
    chance = random.Random(102)
    tried = 0
    while tried < (LONG if long_run else SHORT):
        (found, some), (other, _) = chance.choice(proofs), chance.choice(proofs)
        operations = list(found)
        which = chance.randrange(2)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            operations[which] = chance.choice(MUTATIONS)(chance, operations[which], other[which])
        if operations != list(found):
            tried += 1
            assert not is_range_accepted(operations, store.app_hash, some), [each.hex() for each in operations]
