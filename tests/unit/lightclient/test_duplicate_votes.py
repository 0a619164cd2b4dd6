"""Evidence of a double vote: what proves it, and each way in which it does not."""

from dataclasses import replace
from typing import Any

import pytest

from qos.crypto import ed25519
from qos.engine.rotation import validator
from qos.lightclient.duplicate_votes import FalseEvidence, verify_duplicate_votes
from qos.lightclient.hashes import NIL_BLOCK_ID
from qos.proto.records.tendermint_types import BlockID, DuplicateVoteEvidence, PartSetHeader, SignedMsgType, Vote
from qos.testing.engine_worlds import seed_of
from qos.testing.offences import PRECOMMIT, block_id, signed_vote

CHAIN, TIME, VOTED = "kv-1", 1_000_000_000, 2_000_000_000
KEYS = [ed25519.public_key(seed_of(number)) for number in range(4)]
MEMBERS = tuple(validator(ed25519.address(key), key, 10) for key in KEYS)
SIGNER = ed25519.address(KEYS[0])
PREVOTE, NO_VOTE, PROPOSAL = (
    SignedMsgType.SIGNED_MSG_TYPE_PREVOTE,
    SignedMsgType.SIGNED_MSG_TYPE_UNKNOWN,
    SignedMsgType.SIGNED_MSG_TYPE_PROPOSAL,
)
PARTS = PartSetHeader(total=1, hash=b"p" * 32)


def vote(name: bytes, **changes: Any) -> Vote:
    """Return a vote signed by the first validator, signed as changed."""
    fields: dict[str, Any] = {
        "type": PRECOMMIT,
        "height": 5,
        "block_id": block_id(name),
        "timestamp": VOTED,
        "validator_address": SIGNER,
        **changes,
    }
    return signed_vote(seed_of(0), CHAIN, Vote(**fields))


def claim(first: Vote, second: Vote) -> DuplicateVoteEvidence:
    return DuplicateVoteEvidence(vote_a=first, vote_b=second, total_voting_power=40, validator_power=10, timestamp=TIME)


TRUE = claim(vote(b"a"), vote(b"b"))


def prove(evidence: DuplicateVoteEvidence, chain_id: str = CHAIN) -> Any:
    return verify_duplicate_votes(evidence, chain_id=chain_id, validators=MEMBERS, header_time_ns=TIME)


def test_two_signed_votes_name_who_voted_twice() -> None:
    proven = prove(TRUE)
    assert (proven.validator.address, proven.height, proven.round) == (SIGNER, 5, 0)
    assert prove(claim(vote(b"a", type=PREVOTE), vote(b"b", type=PREVOTE))).height == 5


def test_a_vote_for_no_block_beside_one_for_a_block_is_a_second_vote() -> None:
    assert prove(claim(vote(b"", block_id=NIL_BLOCK_ID), vote(b"b"))).height == 5


def test_ids_of_one_hash_are_ordered_as_their_parts_are_encoded() -> None:
    few, many = (replace(block_id(b"a"), part_set_header=replace(PARTS, total=total)) for total in (2, 300))
    small = replace(block_id(b"a"), part_set_header=PartSetHeader(total=1, hash=b"z" * 32))
    assert prove(claim(vote(b"a", block_id=small), vote(b"a", block_id=few))).height == 5
    # The lowest seven bits of a total are written first.
    assert prove(claim(vote(b"a", block_id=few), vote(b"a", block_id=many))).height == 5
    with pytest.raises(FalseEvidence, match="order"):
        prove(claim(vote(b"a", block_id=many), vote(b"a", block_id=few)))


FALSE = {
    "one block": claim(vote(b"a"), vote(b"a")),
    "wrong order": claim(vote(b"b"), vote(b"a")),
    "two heights": claim(vote(b"a"), vote(b"b", height=6)),
    "two rounds": claim(vote(b"a"), vote(b"b", round=1)),
    "two kinds": claim(vote(b"a", type=PREVOTE), vote(b"b")),
    "no kind": claim(vote(b"a", type=NO_VOTE), vote(b"b", type=NO_VOTE)),
    "proposals": claim(vote(b"a", type=PROPOSAL), vote(b"b", type=PROPOSAL)),
    "two validators": claim(vote(b"a"), vote(b"b", validator_address=MEMBERS[1].address)),
    "no validator": claim(vote(b"a", validator_address=bytes(20)), vote(b"b", validator_address=bytes(20))),
    "another place": claim(vote(b"a", validator_index=1), vote(b"b", validator_index=1)),
    "a hash without parts": claim(
        vote(b"a", block_id=BlockID(hash=b"a" * 32, part_set_header=PartSetHeader())), vote(b"b")
    ),
    "parts without a hash": claim(vote(b"a", block_id=BlockID(part_set_header=PARTS)), vote(b"b")),
    "first not signed": claim(replace(TRUE.vote_a, signature=bytes(64)), TRUE.vote_b),
    "second not signed": claim(TRUE.vote_a, replace(TRUE.vote_b, signature=TRUE.vote_a.signature)),
    "power": replace(TRUE, validator_power=11),
    "total power": replace(TRUE, total_voting_power=41),
    "time": replace(TRUE, timestamp=TIME + 1),
}


@pytest.mark.parametrize("evidence", FALSE.values(), ids=FALSE)
def test_what_does_not_prove_it_is_refused(evidence: DuplicateVoteEvidence) -> None:
    with pytest.raises(FalseEvidence):
        prove(evidence)


def test_votes_of_another_chain_prove_nothing() -> None:
    with pytest.raises(FalseEvidence, match="did not sign"):
        prove(TRUE, "kv-2")
