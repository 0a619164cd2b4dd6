"""Two votes of one validator for different blocks in one round: the evidence CometBFT calls DuplicateVoteEvidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from qos.base.errors import QosError
from qos.crypto import ed25519
from qos.crypto.errors import BadSignature
from qos.lightclient.hashes import NIL_BLOCK_ID, PRECOMMIT, PREVOTE, canonical_vote_bytes, part_set_header_bytes
from qos.proto.records.tendermint_types import BlockID, DuplicateVoteEvidence, Validator, Vote

_HASH_BYTES = 32


class FalseEvidence(QosError):
    """Evidence that does not prove what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleSigner:
    """Who was proven to have voted twice, and where."""

    validator: Validator
    height: int
    round: int


def verify_duplicate_votes(
    evidence: DuplicateVoteEvidence, *, chain_id: str, validators: Sequence[Validator], header_time_ns: int
) -> DoubleSigner:
    """Return who voted twice; `validators` is the set of the votes' height in its order. Raises: FalseEvidence."""
    first, second = evidence.vote_a, evidence.vote_b
    _check_pair(first, second)
    place = next((at for at, each in enumerate(validators) if each.address == first.validator_address), None)
    if place is None:
        raise FalseEvidence(f"{first.validator_address.hex()} was no validator at height {first.height}")
    member = validators[place]
    # No signature covers the place: another one would make the same offence look like a second one.
    if (first.validator_index, second.validator_index) != (place, place):
        raise FalseEvidence(f"the validator stood at place {place} of its set")
    total = sum(each.voting_power for each in validators)
    found = evidence.validator_power, evidence.total_voting_power
    if found != (member.voting_power, total):
        raise FalseEvidence(f"the validator had power {member.voting_power} of {total}, not {found[0]} of {found[1]}")
    if evidence.timestamp != header_time_ns:
        raise FalseEvidence("the time is not that of the block the votes are for")
    for vote in (first, second):
        _check_signature(vote, member, chain_id)
    return DoubleSigner(validator=member, height=first.height, round=first.round)


def _check_pair(first: Vote, second: Vote) -> None:
    where = (first.type, first.height, first.round, first.validator_address)
    if where != (second.type, second.height, second.round, second.validator_address):
        raise FalseEvidence("the votes are not of one validator, height, round and kind")
    if first.type not in (PREVOTE, PRECOMMIT):
        raise FalseEvidence("the votes are neither prevotes nor precommits")
    if not all(_is_whole(vote.block_id) for vote in (first, second)):
        raise FalseEvidence("a vote is for half a block id")
    if _order(first.block_id) >= _order(second.block_id):
        raise FalseEvidence("the votes are for one block, or not in order of their block ids")


def _is_whole(block_id: BlockID) -> bool:
    parts = block_id.part_set_header
    lengths = len(block_id.hash), len(parts.hash)
    return block_id == NIL_BLOCK_ID or (parts.total > 0 and lengths == (_HASH_BYTES, _HASH_BYTES))


def _order(block_id: BlockID) -> bytes:
    return block_id.hash + part_set_header_bytes(block_id.part_set_header)


def _check_signature(vote: Vote, member: Validator, chain_id: str) -> None:
    message = canonical_vote_bytes(vote.type, vote.height, vote.round, vote.block_id, vote.timestamp, chain_id)
    try:
        ed25519.verify(member.pub_key.ed25519 or b"", message, vote.signature)
    except BadSignature:
        raise FalseEvidence(f"the validator did not sign the vote for block {vote.block_id.hash.hex()}") from None
