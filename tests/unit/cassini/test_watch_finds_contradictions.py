"""Signatures seen anywhere are held against each other (R3)."""

from qos.cassini.equivocation import REMEMBERED_STATEMENTS, Contradiction, Watch
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import digest
from qos.modules.crosschain.qcp.equivocation import proven_equivocation
from qos.proto.records.qos_qcp_v1 import Abstract, RelaySignature
from qos.testing.relay_group import ATTESTERS, abstract_of, hashes_of


def signed(abstract: Abstract, *relays: int) -> tuple[RelaySignature, ...]:
    return tuple(
        RelaySignature(
            key=ATTESTERS[number].public, signature=secp256k1.sign(ATTESTERS[number].private, digest(abstract))
        )
        for number in relays
    )


def look(watch: Watch, abstract: Abstract, *relays: int, salt: bytes = b"") -> list[Contradiction]:
    hashes = hashes_of(abstract.first, abstract.last, salt)
    return list(watch.look(abstract, hashes, signed(abstract, *relays)))


TRUTH, LIE = abstract_of(1, 3), abstract_of(2, 4, height=20, salt=b"x")


def test_who_signed_truth_and_lie_is_found_with_evidence_any_chain_accepts() -> None:
    watch = Watch()
    assert not look(watch, TRUTH, 0, 1, 2, 3)
    found = look(watch, LIE, 1, salt=b"x")
    assert [each.key for each in found] == [ATTESTERS[1].public]
    assert proven_equivocation(found[0].key, found[0].first, found[0].second) == ATTESTERS[1].public


def test_a_liar_is_told_of_once() -> None:
    watch = Watch()
    look(watch, TRUTH, 1)
    assert look(watch, LIE, 1, salt=b"x")
    assert not look(watch, LIE, 1, salt=b"x")
    assert not look(watch, abstract_of(1, 2, height=30, salt=b"y"), 1, salt=b"y")


def test_a_forged_signature_accuses_nobody() -> None:
    watch = Watch()
    look(watch, TRUTH, 0)
    forged = (RelaySignature(key=ATTESTERS[0].public, signature=signed(LIE, 1)[0].signature),)
    assert not list(watch.look(LIE, hashes_of(2, 4, b"x"), forged))
    assert look(watch, LIE, 0, salt=b"x"), "the real one still does"


def test_the_same_and_compatible_statements_accuse_nobody() -> None:
    watch = Watch()
    for abstract in (TRUTH, TRUTH, abstract_of(1, 3, height=20), abstract_of(4, 9)):
        assert not look(watch, abstract, 0, 1)


def test_memory_of_a_key_is_bounded() -> None:
    watch = Watch()
    look(watch, TRUTH, 0)
    for number in range(REMEMBERED_STATEMENTS):
        look(watch, abstract_of(100 + number, 100 + number, height=100 + number), 0)
    assert not look(watch, LIE, 0, salt=b"x"), "what is long delivered is forgotten"
