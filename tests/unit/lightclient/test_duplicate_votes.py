"""Evidence of a double vote: what proves it, and each way in which it does not."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import rfc3339
from qos.crypto import ed25519
from qos.engine.rotation import validator
from qos.lightclient.comet_json import render_block_id, render_hash
from qos.lightclient.duplicate_votes import (
    DuplicateVotes,
    FalseEvidence,
    SignedVote,
    parse_duplicate_votes,
    verify_duplicate_votes,
)
from qos.lightclient.hashes import canonical_vote_bytes
from qos.lightclient.json_values import MalformedJson
from qos.proto.records.tendermint_types import BlockID, PartSetHeader
from qos.testing.engine_worlds import seed_of

CHAIN, TIME, VOTED = "kv-1", 1_000_000_000, 2_000_000_000
KEYS = [ed25519.public_key(seed_of(number)) for number in range(4)]
MEMBERS = tuple(validator(ed25519.address(key), key, 10) for key in KEYS)
SIGNER = ed25519.address(KEYS[0])


def block_id(name: bytes) -> BlockID:
    return BlockID(hash=name * 32, part_set_header=PartSetHeader(total=1, hash=b"p" * 32))


def vote(name: bytes, **changes: Any) -> SignedVote:
    """Return a vote signed by the first validator, signed as changed."""
    fields: dict[str, Any] = {
        "kind": 2,
        "height": 5,
        "round": 0,
        "block_id": block_id(name),
        "time_ns": VOTED,
        "address": SIGNER,
        **changes,
    }
    message = canonical_vote_bytes(
        fields["kind"], fields["height"], fields["round"], fields["block_id"], fields["time_ns"], CHAIN
    )
    return SignedVote(**fields, signature=ed25519.sign(seed_of(0), message))


def claim(first: SignedVote, second: SignedVote) -> DuplicateVotes:
    return DuplicateVotes(first=first, second=second, total_power=40, power=10, time_ns=TIME)


TRUE = claim(vote(b"a"), vote(b"b"))


def prove(evidence: DuplicateVotes, chain_id: str = CHAIN) -> Any:
    return verify_duplicate_votes(evidence, chain_id=chain_id, validators=MEMBERS, header_time_ns=TIME)


def test_two_signed_votes_name_who_voted_twice() -> None:
    proven = prove(TRUE)
    assert (proven.validator.address, proven.height, proven.round) == (SIGNER, 5, 0)
    assert prove(claim(vote(b"a", kind=1), vote(b"b", kind=1))).height == 5


FALSE = {
    "one block": claim(vote(b"a"), vote(b"a")),
    "wrong order": claim(vote(b"b"), vote(b"a")),
    "two heights": claim(vote(b"a"), vote(b"b", height=6)),
    "two rounds": claim(vote(b"a"), vote(b"b", round=1)),
    "two kinds": claim(vote(b"a", kind=1), vote(b"b")),
    "no kind": claim(vote(b"a", kind=0), vote(b"b", kind=0)),
    "two validators": claim(vote(b"a"), vote(b"b", address=MEMBERS[1].address)),
    "no validator": claim(vote(b"a", address=bytes(20)), vote(b"b", address=bytes(20))),
    "first not signed": claim(replace(TRUE.first, signature=bytes(64)), TRUE.second),
    "second not signed": claim(TRUE.first, replace(TRUE.second, signature=TRUE.first.signature)),
    "power": replace(TRUE, power=11),
    "total power": replace(TRUE, total_power=41),
    "time": replace(TRUE, time_ns=TIME + 1),
}


@pytest.mark.parametrize("evidence", FALSE.values(), ids=FALSE)
def test_what_does_not_prove_it_is_refused(evidence: DuplicateVotes) -> None:
    with pytest.raises(FalseEvidence):
        prove(evidence)


def test_votes_of_another_chain_prove_nothing() -> None:
    with pytest.raises(FalseEvidence, match="did not sign"):
        prove(TRUE, "kv-2")


def shown_vote(shown: SignedVote) -> dict[str, object]:
    return {
        "type": shown.kind,
        "height": str(shown.height),
        "round": shown.round,
        "block_id": render_block_id(shown.block_id),
        "timestamp": rfc3339(shown.time_ns),
        "validator_address": render_hash(shown.address),
        "validator_index": 0,
        "signature": b64encode(shown.signature).decode(),
    }


def shown_claim() -> dict[str, Any]:
    return {
        "vote_a": shown_vote(TRUE.first),
        "vote_b": shown_vote(TRUE.second),
        "TotalVotingPower": "40",
        "ValidatorPower": "10",
        "Timestamp": rfc3339(TIME),
    }


def test_the_json_of_comet_is_read() -> None:
    assert parse_duplicate_votes(shown_claim()) == TRUE


@pytest.mark.parametrize("missing", ["vote_a", "vote_b", "TotalVotingPower", "ValidatorPower", "Timestamp"])
def test_a_claim_without_a_member_is_malformed(missing: str) -> None:
    with pytest.raises(MalformedJson):
        parse_duplicate_votes({name: value for name, value in shown_claim().items() if name != missing})
