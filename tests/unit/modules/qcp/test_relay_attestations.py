"""What relays sign, how many must, and which signatures count."""

from dataclasses import replace

import pytest

from qos.crypto import secp256k1
from qos.modules.crosschain.qcp import errors
from qos.modules.crosschain.qcp.attestation import (
    RelayGroup,
    covered_hashes,
    digest,
    packet_root,
    pause_digest,
    pause_quorum,
    proven_abstract,
    quorum,
    whole,
)
from qos.modules.crosschain.qcp.equivocation import Statement, proven_equivocation
from qos.proto.records.qos_qcp_v1 import Abstract, Attestation, RelaySignature
from qos.testing.transactions import Key, key_of

QUEUE = b"q" * 32
HASHES = tuple(bytes((number,)) * 32 for number in range(1, 4))
ABSTRACT = Abstract(
    queue_id=QUEUE,
    version=1,
    epoch=1,
    height=9,
    header_hash=b"h" * 32,
    app_hash=b"a" * 32,
    first=4,
    last=6,
    packet_root=packet_root(HASHES),
)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def relays(count: int) -> tuple[Key, ...]:
    return tuple(sorted((key_of(f"relay {number}") for number in range(count)), key=lambda key: key.public))


def group(members: tuple[Key, ...], *struck: Key) -> RelayGroup:
    return RelayGroup(epoch=1, keys=tuple(key.public for key in members), struck=tuple(key.public for key in struck))


def attested(abstract: Abstract, signers: tuple[Key, ...]) -> Attestation:
    return Attestation(abstract=abstract, signatures=tuple(signature(abstract, key) for key in signers))


def signature(abstract: Abstract, key: Key) -> RelaySignature:
    return RelaySignature(key=key.public, signature=secp256k1.sign(key.private, digest(abstract)))


@pytest.mark.parametrize(
    ("total", "needed", "to_pause"),
    [(1, 1, 1), (2, 2, 1), (3, 3, 2), (4, 3, 2), (5, 4, 2), (6, 5, 3), (7, 5, 3), (8, 6, 3), (9, 7, 4), (10, 7, 4)],
)
def test_a_quorum_is_strictly_more_than_two_thirds(total, needed, to_pause):
    assert quorum(total) == needed
    assert 3 * needed > 2 * total >= 3 * (needed - 1)
    assert pause_quorum(total) == to_pause
    assert 3 * to_pause > total >= 3 * (to_pause - 1)


@pytest.mark.parametrize("total", range(4, 11))
def test_a_quorum_proves_and_one_less_does_not(total):
    members = relays(total)
    needed = quorum(total)
    assert proven_abstract(attested(ABSTRACT, members[:needed]), group(members), QUEUE) == ABSTRACT
    with pytest.raises(errors.NotEnoughRelays):
        proven_abstract(attested(ABSTRACT, members[: needed - 1]), group(members), QUEUE)


@pytest.mark.parametrize("total", [6, 9])
def test_exactly_two_thirds_are_not_enough(total):
    members = relays(total)
    with pytest.raises(errors.NotEnoughRelays):
        proven_abstract(attested(ABSTRACT, members[: total * 2 // 3]), group(members), QUEUE)


def test_one_key_four_times_is_not_four():
    members = relays(4)
    with pytest.raises(errors.UnsortedSignatures):
        proven_abstract(attested(ABSTRACT, members[:1] * 4), group(members), QUEUE)


def test_unsorted_signatures_are_refused():
    members = relays(4)
    with pytest.raises(errors.UnsortedSignatures):
        proven_abstract(attested(ABSTRACT, members[::-1]), group(members), QUEUE)


def test_a_stranger_among_enough_relays_is_refused():
    members = relays(5)
    with pytest.raises(errors.UnknownRelay):
        proven_abstract(attested(ABSTRACT, members), group(members[:4]), QUEUE)


def test_a_struck_key_signs_no_more_and_still_counts():
    members = relays(4)
    rest = group(members, members[0])
    with pytest.raises(errors.UnknownRelay):
        proven_abstract(attested(ABSTRACT, members), rest, QUEUE)
    assert proven_abstract(attested(ABSTRACT, members[1:]), rest, QUEUE) == ABSTRACT
    two_struck = group(members, *members[:2])
    with pytest.raises(errors.NotEnoughRelays):
        proven_abstract(attested(ABSTRACT, members[2:]), two_struck, QUEUE)


def high_s(signed: bytes) -> bytes:
    return signed[:32] + (ORDER - int.from_bytes(signed[32:], "big")).to_bytes(32, "big")


@pytest.mark.parametrize(
    "bend",
    [
        high_s,
        lambda signed: bytes(64),
        lambda signed: signed[:63],
        lambda signed: signed + b"\x00",
        lambda signed: b"",
        lambda signed: signed[32:] + signed[:32],
        lambda signed: signed[:63] + bytes((signed[63] ^ 1,)),
    ],
)
def test_a_signature_in_another_form_is_refused(bend):
    members = relays(4)
    good = attested(ABSTRACT, members)
    bent = replace(good.signatures[0], signature=bend(good.signatures[0].signature))
    with pytest.raises(errors.BadRelaySignature):
        proven_abstract(replace(good, signatures=(bent, *good.signatures[1:])), group(members), QUEUE)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("queue_id", b"p" * 32, errors.WrongQueue),
        ("version", 0, errors.WrongVersion),
        ("version", 2, errors.BadRelaySignature),
        ("epoch", 2, errors.WrongEpoch),
        ("height", 10, errors.BadRelaySignature),
        ("header_hash", b"i" * 32, errors.BadRelaySignature),
        ("app_hash", b"b" * 32, errors.BadRelaySignature),
        ("first", 5, errors.BadRelaySignature),
        ("last", 7, errors.BadRelaySignature),
        ("packet_root", b"r" * 32, errors.BadRelaySignature),
    ],
)
def test_every_field_is_signed(field, value, error):
    members = relays(4)
    changed = replace(ABSTRACT, **{field: value})
    assert digest(changed) != digest(ABSTRACT)
    with pytest.raises(error):
        proven_abstract(replace(attested(ABSTRACT, members), abstract=changed), group(members), QUEUE)


@pytest.mark.parametrize("field", ["queue_id", "header_hash", "app_hash", "packet_root"])
@pytest.mark.parametrize("value", [b"", bytes(32), b"x" * 31, b"x" * 33])
def test_an_abstract_without_whole_hashes_is_refused(field, value):
    with pytest.raises(errors.MalformedAbstract):
        whole(replace(ABSTRACT, **{field: value}))


@pytest.mark.parametrize(
    "change",
    [{"height": 1}, {"height": 0}, {"height": -3}, {"first": 0}, {"last": 3}, {"last": 68}, {"last": 2**64 - 1}],
)
def test_an_abstract_that_counts_wrongly_is_refused(change):
    with pytest.raises(errors.MalformedAbstract):
        whole(replace(ABSTRACT, **change))
    assert whole(replace(ABSTRACT, last=67)).last == 67


@pytest.mark.parametrize(
    "hashes",
    [(), HASHES[:2], (*HASHES, HASHES[0]), HASHES[::-1], (HASHES[0], HASHES[1], b""), (*HASHES[:2], bytes(32))],
)
def test_hashes_that_are_not_the_attested_ones_are_refused(hashes):
    with pytest.raises(errors.MalformedAbstract):
        covered_hashes(ABSTRACT, hashes)
    assert covered_hashes(ABSTRACT, HASHES) == HASHES


def test_the_digest_is_the_one_of_the_protocol():
    assert digest(ABSTRACT).hex() == "986afb7867824bc7133fe648d9c5bd49d0ce1db355d575fbf00b535203f5e3b1"
    assert pause_digest(QUEUE, 7).hex() == "5954d410a6decaec8bfa31a1fc4adb59492ec8b6af345fd11e8c1eeb41e718aa"


LIAR = key_of("relay 0")


def statement(abstract: Abstract, hashes: tuple[bytes, ...], key: Key = LIAR) -> Statement:
    return Statement(abstract=abstract, hashes=hashes, signature=secp256k1.sign(key.private, digest(abstract)))


OTHER = (*HASHES[:2], b"o" * 32)
TRUE = statement(ABSTRACT, HASHES)
OTHER_PACKET = statement(replace(ABSTRACT, height=12, header_hash=b"i" * 32, packet_root=packet_root(OTHER)), OTHER)
OTHER_HEADER = statement(replace(ABSTRACT, header_hash=b"i" * 32), HASHES)
LATER = statement(replace(ABSTRACT, height=12, header_hash=b"i" * 32), HASHES)
NEXT_BATCH = statement(replace(ABSTRACT, height=12, first=7, last=9, packet_root=packet_root(OTHER)), OTHER)
OVERLAP = statement(replace(ABSTRACT, height=12, first=6, last=7, packet_root=packet_root(OTHER[1:])), OTHER[1:])
OTHER_EPOCH = statement(replace(OTHER_PACKET.abstract, epoch=2), OTHER)
OTHER_QUEUE = statement(replace(OTHER_PACKET.abstract, queue_id=b"p" * 32), OTHER)


@pytest.mark.parametrize("lie", [OTHER_PACKET, OTHER_HEADER, OVERLAP])
def test_two_statements_that_cannot_both_be_true_convict(lie):
    assert proven_equivocation(LIAR.public, TRUE, lie) == LIAR.public
    assert proven_equivocation(LIAR.public, lie, TRUE) == LIAR.public


@pytest.mark.parametrize("harmless", [TRUE, LATER, NEXT_BATCH, OTHER_EPOCH, OTHER_QUEUE])
def test_two_statements_that_can_both_be_true_do_not(harmless):
    with pytest.raises(errors.NoContradiction):
        proven_equivocation(LIAR.public, TRUE, harmless)


def test_nobody_is_convicted_by_what_another_signed_or_by_other_hashes():
    with pytest.raises(errors.BadRelaySignature):
        proven_equivocation(LIAR.public, TRUE, statement(OTHER_PACKET.abstract, OTHER, key_of("relay 1")))
    with pytest.raises(errors.MalformedAbstract):
        proven_equivocation(LIAR.public, TRUE, replace(LATER, hashes=OTHER))
    with pytest.raises(errors.MalformedAbstract):
        proven_equivocation(LIAR.public, TRUE, replace(OTHER_PACKET, hashes=OTHER[:2]))
