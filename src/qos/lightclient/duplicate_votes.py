"""Two votes of one validator for different blocks in one round: the evidence CometBFT calls DuplicateVoteEvidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qos.base.errors import QosError
from qos.crypto import ed25519
from qos.crypto.errors import BadSignature
from qos.lightclient import json_values
from qos.lightclient.comet_json import parse_block_id
from qos.lightclient.hashes import PRECOMMIT, PREVOTE, canonical_vote_bytes
from qos.proto.records.tendermint_types import BlockID, Validator

TYPE: Final = "tendermint/DuplicateVoteEvidence"


class FalseEvidence(QosError):
    """Evidence that does not prove what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedVote:
    """A vote as it was signed; `kind` 1 is a prevote, 2 a precommit."""

    kind: int
    height: int
    round: int
    block_id: BlockID
    time_ns: int
    address: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateVotes:
    """The claim: two votes, and the powers and time of their height as the sender knows them."""

    first: SignedVote
    second: SignedVote
    total_power: int
    power: int
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleSigner:
    """Who was proven to have voted twice, and where."""

    validator: Validator
    height: int
    round: int


def parse_duplicate_votes(value: object) -> DuplicateVotes:
    """Read the value of the evidence in CometBFT's JSON. Raises: MalformedJson."""
    evidence = json_values.members(value, "evidence")
    return DuplicateVotes(
        first=_parse_vote(evidence.get("vote_a"), "vote_a"),
        second=_parse_vote(evidence.get("vote_b"), "vote_b"),
        total_power=json_values.int64(evidence.get("TotalVotingPower"), "TotalVotingPower"),
        power=json_values.int64(evidence.get("ValidatorPower"), "ValidatorPower"),
        time_ns=json_values.time_ns(evidence.get("Timestamp"), "Timestamp"),
    )


def _parse_vote(value: object, name: str) -> SignedVote:
    vote = json_values.members(value, name)
    return SignedVote(
        kind=json_values.number(vote.get("type"), f"{name}.type", PRECOMMIT + 1),
        height=json_values.int64(vote.get("height"), f"{name}.height"),
        round=json_values.number(vote.get("round"), f"{name}.round", 1 << 31),
        block_id=parse_block_id(vote.get("block_id")),
        time_ns=json_values.time_ns(vote.get("timestamp"), f"{name}.timestamp"),
        address=json_values.address(vote.get("validator_address"), f"{name}.validator_address"),
        signature=json_values.base64_bytes(vote.get("signature"), f"{name}.signature", 64),
    )


def verify_duplicate_votes(
    evidence: DuplicateVotes, *, chain_id: str, validators: Sequence[Validator], header_time_ns: int
) -> DoubleSigner:
    """Return who voted twice; `validators` is the set of the votes' height. Raises: FalseEvidence."""
    first, second = evidence.first, evidence.second
    _check_pair(first, second)
    member = next((each for each in validators if each.address == first.address), None)
    if member is None:
        raise FalseEvidence(f"{first.address.hex()} was no validator at height {first.height}")
    total = sum(each.voting_power for each in validators)
    if (evidence.power, evidence.total_power) != (member.voting_power, total):
        raise FalseEvidence(
            f"the validator had power {member.voting_power} of {total}, not {evidence.power} of {evidence.total_power}"
        )
    if evidence.time_ns != header_time_ns:
        raise FalseEvidence("the time is not that of the block the votes are for")
    for vote in (first, second):
        _check_signature(vote, member, chain_id)
    return DoubleSigner(validator=member, height=first.height, round=first.round)


def _check_pair(first: SignedVote, second: SignedVote) -> None:
    where = (first.kind, first.height, first.round, first.address)
    if where != (second.kind, second.height, second.round, second.address):
        raise FalseEvidence("the votes are not of one validator, height, round and kind")
    if first.kind not in (PREVOTE, PRECOMMIT):
        raise FalseEvidence("the votes are neither prevotes nor precommits")
    if _order(first.block_id) >= _order(second.block_id):
        raise FalseEvidence("the votes are for one block, or not in order of their block ids")


def _order(block_id: BlockID) -> tuple[bytes, bytes, int]:
    parts = block_id.part_set_header
    return block_id.hash, parts.hash, parts.total


def _check_signature(vote: SignedVote, member: Validator, chain_id: str) -> None:
    message = canonical_vote_bytes(vote.kind, vote.height, vote.round, vote.block_id, vote.time_ns, chain_id)
    try:
        ed25519.verify(member.pub_key.ed25519 or b"", message, vote.signature)
    except BadSignature:
        raise FalseEvidence(f"the validator did not sign the vote for block {vote.block_id.hash.hex()}") from None
