"""Evidence of an attack on light clients: a finished header that is not the chain's, and what is none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import rfc3339
from qos.engine.embedded.signing import keys_by_address, sign_commit
from qos.lightclient.attack_claims import AttackClaim, KnownHeaders, parse_attack_claim, verify_attack_claim
from qos.lightclient.comet_json import render_signed_header, render_validator
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.lightclient.hashes import header_hash
from qos.lightclient.json_values import MalformedJson
from qos.proto.records.tendermint_types import BlockID, Header, PartSetHeader, SignedHeader, ValidatorSet
from qos.testing.engine_worlds import CHAIN_ID, World, produce, seeds_of, world

COMMON, HEIGHT = 2, 4
CHAIN: World = world((10, 10, 10, 10))
BLOCKS = produce(CHAIN.producer(), *([] for _ in range(6)))
SET: ValidatorSet = CHAIN.store.validators(COMMON)
OWN, COMMON_HEADER = BLOCKS[HEIGHT - 1].block.header, BLOCKS[COMMON - 1].block.header
KNOWN = KnownHeaders(own=OWN, common=COMMON_HEADER, common_set=SET.validators)
FORGED = replace(OWN, app_hash=b"x" * 32)


def claim(header: Header = FORGED, signers: int = 4, **changes: Any) -> AttackClaim:
    """Return a header signed by the first validators of the chain, claimed to be its own."""
    block_id = BlockID(hash=header_hash(header), part_set_header=PartSetHeader(total=1, hash=b"p" * 32))
    keys = keys_by_address(seeds_of(4))
    chosen = {each.address: keys[each.address] for each in SET.validators[:signers]}
    commit = sign_commit(CHAIN_ID, header.height, block_id, SET, chosen, header.time)
    fields: dict[str, Any] = {
        "signed_header": SignedHeader(header=header, commit=commit),
        "validators": SET.validators,
        "common_height": COMMON,
        "total_power": 40,
        "time_ns": COMMON_HEADER.time,
    }
    return AttackClaim(**fields | changes)


def test_who_signed_another_header_is_named() -> None:
    proven = verify_attack_claim(claim(), KNOWN, CHAIN_ID)
    assert proven.height == HEIGHT
    assert proven.validators == SET.validators
    assert verify_attack_claim(claim(signers=3), KNOWN, CHAIN_ID).validators == SET.validators[:3]


def unsigned() -> AttackClaim:
    good = claim()
    votes = good.signed_header.commit.signatures
    commit = replace(good.signed_header.commit, signatures=(replace(votes[0], signature=bytes(64)), *votes[1:]))
    return replace(good, signed_header=replace(good.signed_header, commit=commit))


FALSE: dict[str, Callable[[], AttackClaim]] = {
    "the chain's own header": lambda: claim(OWN),
    "another chain": lambda: claim(replace(FORGED, chain_id="kv-2")),
    "another height": lambda: claim(replace(FORGED, height=HEIGHT + 1)),
    "total power": lambda: claim(total_power=41),
    "time": lambda: claim(time_ns=COMMON_HEADER.time + 1),
    "a set the header does not name": lambda: claim(replace(FORGED, validators_hash=bytes(32))),
    "a forged vote": unsigned,
    "part of the set": lambda: claim(validators=SET.validators[:3]),
}


@pytest.mark.parametrize("make", FALSE.values(), ids=FALSE)
def test_what_does_not_prove_an_attack_is_refused(make: Callable[[], AttackClaim]) -> None:
    with pytest.raises(FalseEvidence):
        verify_attack_claim(make(), KNOWN, CHAIN_ID)


def test_signers_the_common_height_does_not_know_convince_nobody() -> None:
    """All of them signed; a light client that trusts the common set believes none of them."""
    key = replace(SET.validators[0].pub_key, ed25519=b"k" * 32)
    others = tuple(replace(each, pub_key=key) for each in SET.validators)
    with pytest.raises(FalseEvidence, match="no light client would believe"):
        verify_attack_claim(claim(), replace(KNOWN, common_set=others), CHAIN_ID)


def shown() -> dict[str, Any]:
    good = claim()
    return {
        "ConflictingBlock": {
            "signed_header": render_signed_header(good.signed_header),
            "validator_set": {"validators": [render_validator(each) for each in good.validators], "proposer": None},
        },
        "CommonHeight": str(COMMON),
        "ByzantineValidators": [],
        "TotalVotingPower": "40",
        "Timestamp": rfc3339(COMMON_HEADER.time),
    }


def test_the_json_of_comet_is_read() -> None:
    read = parse_attack_claim(shown())
    assert read.signed_header == claim().signed_header
    assert verify_attack_claim(read, KNOWN, CHAIN_ID).height == HEIGHT


@pytest.mark.parametrize("missing", ["ConflictingBlock", "CommonHeight", "TotalVotingPower", "Timestamp"])
def test_a_claim_without_a_member_is_malformed(missing: str) -> None:
    with pytest.raises(MalformedJson):
        parse_attack_claim({name: value for name, value in shown().items() if name != missing})
