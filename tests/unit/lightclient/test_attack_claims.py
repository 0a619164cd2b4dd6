"""Evidence of an attack on light clients: a finished header that is not the chain's, and what is none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qos.engine.embedded.signing import keys_by_address
from qos.lightclient.attack_claims import KnownHeaders, verify_attack_claim
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.proto.records.tendermint_types import (
    Header,
    LightClientAttackEvidence,
    SignedHeader,
    ValidatorSet,
)
from qos.testing.engine_worlds import CHAIN_ID, World, produce, seeds_of, world
from qos.testing.offences import finished, lunatic_attack, second_block_on

COMMON, HEIGHT = 2, 4
CHAIN: World = world((10, 10, 10, 10))
BLOCKS = produce(CHAIN.producer(), *([] for _ in range(6)))
SET: ValidatorSet = replace(CHAIN.store.validators(COMMON), total_voting_power=0)
OWN = SignedHeader(header=BLOCKS[HEIGHT - 1].block.header, commit=BLOCKS[HEIGHT - 1].commit)
COMMON_HEADER = BLOCKS[COMMON - 1].block.header
KNOWN = KnownHeaders(own=OWN, common=COMMON_HEADER, common_set=SET.validators)
AT_HEIGHT = replace(KNOWN, common=OWN.header)
FORGED = replace(OWN.header, app_hash=b"x" * 32)
SEEDS = keys_by_address(seeds_of(4))


def seeds_in_order(count: int) -> list[bytes]:
    """Return the seeds of the first validators in the order of their set."""
    return [SEEDS[each.address] for each in SET.validators[:count]]


def claim(header: Header = FORGED, signers: int = 4, **changes: Any) -> LightClientAttackEvidence:
    """Return a header signed by the first validators of the chain, claimed to be its own."""
    fields: dict[str, Any] = {
        "conflicting_block": finished(header, SET, seeds_in_order(signers)),
        "common_height": COMMON,
        "byzantine_validators": SET.validators[:signers],
        "total_voting_power": 40,
        "timestamp": COMMON_HEADER.time,
    }
    return LightClientAttackEvidence(**fields | changes)


def test_who_signed_another_header_is_named() -> None:
    proven = verify_attack_claim(claim(), KNOWN, CHAIN_ID)
    assert proven.height == HEIGHT
    assert proven.validators == SET.validators
    assert verify_attack_claim(claim(signers=3), KNOWN, CHAIN_ID).validators == SET.validators[:3]


def test_a_set_of_their_own_convinces_if_a_third_of_the_common_set_is_in_it() -> None:
    attack = lunatic_attack(CHAIN.store, seeds_of(2), HEIGHT, common=COMMON).light_client_attack_evidence
    assert attack is not None
    assert len(verify_attack_claim(attack, KNOWN, CHAIN_ID).validators) == 2
    alone = lunatic_attack(CHAIN.store, seeds_of(1), HEIGHT, common=COMMON).light_client_attack_evidence
    assert alone is not None
    with pytest.raises(FalseEvidence, match="no light client would believe"):
        verify_attack_claim(alone, KNOWN, CHAIN_ID)


def test_a_second_block_of_one_round_names_who_voted_for_both() -> None:
    twice = second_block_on(CHAIN.store, seeds_in_order(3), HEIGHT, byzantine=SET.validators[:3])
    assert twice.light_client_attack_evidence is not None
    proven = verify_attack_claim(twice.light_client_attack_evidence, AT_HEIGHT, CHAIN_ID)
    assert [each.address for each in proven.validators] == [each.address for each in SET.validators[:3]]


def test_a_second_block_of_a_later_round_names_nobody() -> None:
    later = second_block_on(CHAIN.store, seeds_of(4), HEIGHT, round_=1, byzantine=())
    assert later.light_client_attack_evidence is not None
    assert verify_attack_claim(later.light_client_attack_evidence, AT_HEIGHT, CHAIN_ID).validators == ()
    accused = replace(later.light_client_attack_evidence, byzantine_validators=SET.validators[:1])
    with pytest.raises(FalseEvidence, match="it is 0 validators"):
        verify_attack_claim(accused, AT_HEIGHT, CHAIN_ID)


def test_a_header_ahead_of_the_chain_proves_an_attack_once_its_time_has_passed() -> None:
    newest = SignedHeader(header=BLOCKS[-1].block.header, commit=BLOCKS[-1].commit)
    ahead = replace(FORGED, height=newest.header.height + 10, time=newest.header.time)
    known = replace(KNOWN, own=newest)
    assert verify_attack_claim(claim(ahead), known, CHAIN_ID).height == ahead.height
    with pytest.raises(FalseEvidence, match="it may come"):
        verify_attack_claim(claim(replace(ahead, time=ahead.time + 1)), known, CHAIN_ID)


def unsigned() -> LightClientAttackEvidence:
    good = claim()
    signed = good.conflicting_block.signed_header
    votes = signed.commit.signatures
    commit = replace(signed.commit, signatures=(replace(votes[0], signature=bytes(64)), *votes[1:]))
    return replace(
        good, conflicting_block=replace(good.conflicting_block, signed_header=replace(signed, commit=commit))
    )


def with_set(**changes: Any) -> LightClientAttackEvidence:
    good = claim()
    changed = replace(good.conflicting_block.validator_set, **changes)
    return replace(good, conflicting_block=replace(good.conflicting_block, validator_set=changed))


STRANGER = replace(SET.validators[0], voting_power=99)
FALSE: dict[str, Callable[[], LightClientAttackEvidence]] = {
    "the chain's own header": lambda: claim(OWN.header),
    "another chain": lambda: claim(replace(FORGED, chain_id="kv-2")),
    "another height": lambda: claim(replace(FORGED, height=HEIGHT - 1)),
    "a common height above": lambda: claim(common_height=HEIGHT + 1),
    "no common height": lambda: claim(common_height=0),
    "another state at the common height": lambda: claim(common_height=HEIGHT),
    "total power": lambda: claim(total_voting_power=41),
    "time": lambda: claim(timestamp=COMMON_HEADER.time + 1),
    "a set the header does not name": lambda: claim(replace(FORGED, validators_hash=bytes(32))),
    "a forged vote": unsigned,
    "part of the set": lambda: with_set(validators=SET.validators[:3]),
    "no proposer": lambda: with_set(proposer=None),
    "a proposer outside": lambda: with_set(proposer=STRANGER),
    "a written power": lambda: with_set(total_voting_power=40),
    "one accused too few": lambda: claim(byzantine_validators=SET.validators[:3]),
    "accused in another order": lambda: claim(byzantine_validators=SET.validators[::-1]),
    "accused with another power": lambda: claim(byzantine_validators=(STRANGER, *SET.validators[1:])),
    "nobody accused": lambda: claim(byzantine_validators=()),
}


@pytest.mark.parametrize("make", FALSE.values(), ids=FALSE)
def test_what_does_not_prove_an_attack_is_refused(make: Callable[[], LightClientAttackEvidence]) -> None:
    with pytest.raises(FalseEvidence):
        verify_attack_claim(make(), KNOWN, CHAIN_ID)


def test_signers_the_common_height_does_not_know_convince_nobody() -> None:
    """All of them signed; a light client that trusts the common set believes none of them."""
    key = replace(SET.validators[0].pub_key, ed25519=b"k" * 32)
    others = tuple(replace(each, pub_key=key) for each in SET.validators)
    with pytest.raises(FalseEvidence, match="no light client would believe"):
        verify_attack_claim(claim(), replace(KNOWN, common_set=others), CHAIN_ID)
