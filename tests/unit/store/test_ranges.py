"""One proof of many neighbouring pairs: what it shows, and what a verifier must refuse (Q10b)."""

from dataclasses import replace

import pytest

from qos.store import ics23_batch
from qos.store.ics23 import IAVL_SPEC, BadProof, HashOp, InnerOp, LeafOp, LengthOp
from qos.store.ics23_batch import Batch, decode_batch, encode_batch, verified_values
from qos.store.ics23_codec import bytes_field, existence_fields, message_field
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.proofs import proven_root, proven_value
from qos.store.ranges import MAX_PAIRS, Range, proven_pairs, read_range, write_range

KEYS = [b"%03d" % number for number in range(0, 200, 2)]
VERSION = 2
Operations = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def store() -> MultiStore:
    stores = MultiStore(MemoryBackend(), {"acc": 1, "qcp": 2, "empty": 3})
    stores.apply(1, {"qcp": {key: b"value " + key for key in KEYS}, "acc": {key: b"x" for key in KEYS}})
    stores.commit()
    stores.apply(2, {"qcp": {key: b"later" for key in KEYS[::3]}})
    stores.commit()
    return stores


def proof(store: MultiStore, start: bytes = b"020", end: bytes = b"060", name: str = "qcp") -> Operations:
    found = store.prove_range(VERSION, name, Range(start=start, end=end))
    assert found is not None
    return found


def refused(store: MultiStore, batch: Batch, keys: list[bytes] | None = None) -> None:
    operations = (encode_batch(batch), proof(store)[1])
    with pytest.raises(BadProof):
        proven_pairs(operations, store.app_hash, "qcp", keys or KEYS[10:30])


def test_every_pair_of_a_range_is_proven_with_a_proof_of_its_own(store: MultiStore) -> None:
    operations = proof(store)
    found = proven_pairs(operations, store.app_hash, "qcp", KEYS[10:30])
    with store.at(VERSION) as reader:
        assert [pair.value for pair in found] == [reader.get("qcp", key) for key in KEYS[10:30]]
    for key, pair in zip(KEYS[10:30], found, strict=True):
        assert pair.operation == store.prove(VERSION, "qcp", key).operations[0]
        assert proven_value((pair.operation, operations[1]), store.app_hash, "qcp", key) == pair.value


def test_a_range_ends_before_its_end_and_after_64_pairs(store: MultiStore) -> None:
    assert len(decode_batch(proof(store, b"000", b"999")[0]).entries) == MAX_PAIRS
    assert [each.key for each in decode_batch(proof(store, b"019", b"024")[0]).entries] == [b"020", b"022"]
    assert store.prove_range(VERSION, "qcp", Range(start=b"021", end=b"022")) is None
    assert store.prove_range(VERSION, "empty", Range(start=b"021", end=b"022")) is None


def test_a_proof_of_fewer_pairs_shows_the_first_ones_alone(store: MultiStore) -> None:
    found = proven_pairs(proof(store, b"020", b"024"), store.app_hash, "qcp", KEYS[10:30])
    assert len(found) == 2


def test_neighbours_cost_a_part_of_the_bytes(store: MultiStore) -> None:
    single = sum([len(store.prove(VERSION, "qcp", key).operations[0]) for key in KEYS[10:30]])
    assert len(proof(store)[0]) < single // 2


@pytest.mark.parametrize("keys", [KEYS[11:31], KEYS[10:29], [*KEYS[10:29], b"059"], [b"", *KEYS[11:30]], []])
def test_other_keys_are_not_proven(store: MultiStore, keys: list[bytes]) -> None:
    with pytest.raises(BadProof):
        proven_pairs(proof(store), store.app_hash, "qcp", keys)


def test_another_store_or_app_hash_is_refused(store: MultiStore) -> None:
    operations = proof(store)
    for name, app_hash in (("acc", store.app_hash), ("qcp", b"\x01" * 32), ("qcp", bytes(32)), ("qcp", b"")):
        with pytest.raises(BadProof):
            proven_pairs(operations, app_hash, name, KEYS[10:30])
    with pytest.raises(BadProof):
        proven_pairs((proof(store, name="acc")[0], operations[1]), store.app_hash, "qcp", KEYS[10:30])


def test_a_changed_value_key_leaf_or_step_is_refused(store: MultiStore) -> None:
    batch = decode_batch(proof(store)[0])
    for at in (0, 7, 19):
        entry = batch.entries[at]
        leaf = replace(entry.leaf, prefix=entry.leaf.prefix[:-1] + b"\x06")
        for changed in (
            replace(entry, value=b"forged"),
            replace(entry, value=b""),
            replace(entry, key=b"999"),
            replace(entry, leaf=leaf),
            replace(entry, leaf=replace(entry.leaf, hash=HashOp.NO_HASH)),
            replace(entry, path=entry.path[:-1]),
            replace(entry, path=entry.path[1:]),
            replace(entry, path=()),
            replace(entry, path=(*entry.path, entry.path[-1])),
        ):
            entries = (*batch.entries[:at], changed, *batch.entries[at + 1 :])
            refused(store, replace(batch, entries=entries))


def test_a_pair_cannot_borrow_the_way_of_its_neighbour(store: MultiStore) -> None:
    """What one entry proved must never stand for another: each climbs from its own leaf."""
    batch = decode_batch(proof(store)[0])
    honest, neighbour = batch.entries[3], batch.entries[4]
    for forged in (replace(neighbour, path=honest.path), replace(neighbour, value=honest.value, path=honest.path)):
        refused(store, replace(batch, entries=(*batch.entries[:4], forged, *batch.entries[5:])))


@pytest.mark.parametrize("at", [0, 1, 5, -1])
def test_every_step_counts(store: MultiStore, at: int) -> None:
    batch = decode_batch(proof(store)[0])
    place = at % len(batch.steps)
    step = batch.steps[place]
    others = (
        replace(step, prefix=step.prefix[:-1] + bytes((step.prefix[-1] ^ 1,))),
        replace(step, prefix=b"\x00" + step.prefix),
        replace(step, suffix=step.suffix + bytes(33)),
        replace(step, hash=HashOp.SHA512),
    )
    for other in others:
        refused(store, replace(batch, steps=(*batch.steps[:place], other, *batch.steps[place + 1 :])))


def test_steps_unused_twice_out_of_order_or_missing_are_refused(store: MultiStore) -> None:
    batch = decode_batch(proof(store)[0])
    surplus = InnerOp(hash=HashOp.SHA256, prefix=b"\x02\x04\x02\x20", suffix=b"\x20" + bytes(32))
    first = batch.entries[0]
    swapped = replace(first, path=(first.path[1], first.path[0], *first.path[2:]))
    for changed in (
        replace(batch, steps=(*batch.steps, surplus)),
        replace(batch, steps=(*batch.steps, batch.steps[0])),
        replace(batch, steps=batch.steps[:-1]),
        replace(batch, entries=(swapped, *batch.entries[1:])),
        replace(batch, entries=batch.entries[:1]),
        replace(batch, entries=()),
    ):
        refused(store, changed)


def test_the_layer_of_a_step_is_checked_wherever_it_is_used(store: MultiStore) -> None:
    """A step of height 1 may stand at layer 1 and nowhere above, also when it was checked at layer 1 before."""
    operations = proof(store)
    batch = decode_batch(operations[0])
    root = proven_root(operations, store.app_hash, "qcp")
    entry = batch.entries[0]
    longer = replace(entry, key=KEYS[11], path=(entry.path[0], entry.path[0], *entry.path[1:]))
    forged = Batch(entries=(entry, longer), steps=batch.steps)
    with pytest.raises(BadProof, match="above its height"):
        verified_values(forged, IAVL_SPEC, root, KEYS[10:12])


def test_bytes_that_are_not_the_one_encoding_are_refused(store: MultiStore) -> None:
    operation = proof(store)[0]
    single = store.prove(VERSION, "qcp", KEYS[10]).operations[0]
    for data in (operation + b"\x00", operation[:-1], b"", single, operation[:1] + b"\x80\x00" + operation[2:]):
        with pytest.raises(BadProof):
            decode_batch(data)


def test_a_pair_with_two_ways_is_refused() -> None:
    leaf = LeafOp(
        hash=HashOp.SHA256, prehash_key=HashOp.NO_HASH, prehash_value=HashOp.NO_HASH, length=LengthOp.VAR_PROTO
    )
    way = bytes_field(4, b"\x00")
    body = existence_fields(b"key", b"value", leaf, way + way)
    with pytest.raises(BadProof, match="2 paths"):
        decode_batch(message_field(4, message_field(1, message_field(1, body))))


def test_a_batch_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch, store: MultiStore) -> None:
    monkeypatch.setattr(ics23_batch, "MAX_PROOF_BYTES", 100)
    with pytest.raises(BadProof, match="bytes"):
        decode_batch(proof(store)[0])


def test_a_range_is_asked_for_by_two_keys_in_order() -> None:
    wanted = Range(start=b"a", end=b"b")
    assert read_range(write_range(wanted)) == wanted
    for data in (
        b"",
        b"\x01a",
        b"\x01a\x01",
        b"\x01b\x01a",
        b"\x01a\x01a",
        b"\x00\x01a",
        b"\x01a\x01b!",
        b"\x05a\x01b",
    ):
        with pytest.raises(ValueError, match=r"range|varint"):
            read_range(data)
