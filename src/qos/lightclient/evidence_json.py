"""Evidence of misbehaviour in the JSON of CometBFT's RPC (v0.38), and back: what is read is what is written."""

from base64 import b64encode
from typing import Final

from qos.base.blocktime import rfc3339
from qos.base.strictjson import JsonObject
from qos.lightclient.comet_json import (
    parse_block_id,
    parse_signed_header,
    parse_validator,
    parse_validators,
    render_block_id,
    render_hash,
    render_signed_header,
    render_validator,
)
from qos.lightclient.commits import MAX_VALIDATORS
from qos.lightclient.json_values import MalformedJson, address, base64_bytes, int64, items, members, number, time_ns
from qos.proto.records.tendermint_types import (
    DuplicateVoteEvidence,
    Evidence,
    LightBlock,
    LightClientAttackEvidence,
    SignedMsgType,
    Validator,
    ValidatorSet,
    Vote,
)

DUPLICATE_VOTES: Final = "tendermint/DuplicateVoteEvidence"
ATTACK: Final = "tendermint/LightClientAttackEvidence"
_VOTES: Final = {int(kind): kind for kind in SignedMsgType if kind is not SignedMsgType.SIGNED_MSG_TYPE_PROPOSAL}


def parse_evidence(value: object) -> Evidence:
    """Read evidence of either kind. Raises: MalformedJson."""
    evidence = members(value, "evidence")
    match evidence.get("type"):
        case str(kind) if kind == DUPLICATE_VOTES:
            return Evidence(duplicate_vote_evidence=parse_duplicate_votes(evidence.get("value")))
        case str(kind) if kind == ATTACK:
            return Evidence(light_client_attack_evidence=parse_attack(evidence.get("value")))
        case _:
            raise MalformedJson(f"evidence has the type {DUPLICATE_VOTES} or {ATTACK}")


def render_evidence(evidence: Evidence) -> JsonObject:
    """Write evidence under the name of its kind. Raises: ValueError when it is of none."""
    if evidence.duplicate_vote_evidence is not None:
        return {"type": DUPLICATE_VOTES, "value": _render_duplicate_votes(evidence.duplicate_vote_evidence)}
    if evidence.light_client_attack_evidence is not None:
        return {"type": ATTACK, "value": _render_attack(evidence.light_client_attack_evidence)}
    raise ValueError("evidence of no kind")


def parse_duplicate_votes(value: object) -> DuplicateVoteEvidence:
    """Read two votes of one round. Raises: MalformedJson."""
    evidence = members(value, "evidence")
    return DuplicateVoteEvidence(
        vote_a=_parse_vote(evidence.get("vote_a"), "vote_a"),
        vote_b=_parse_vote(evidence.get("vote_b"), "vote_b"),
        total_voting_power=int64(evidence.get("TotalVotingPower"), "TotalVotingPower"),
        validator_power=int64(evidence.get("ValidatorPower"), "ValidatorPower"),
        timestamp=time_ns(evidence.get("Timestamp"), "Timestamp"),
    )


def _render_duplicate_votes(evidence: DuplicateVoteEvidence) -> JsonObject:
    return {
        "vote_a": _render_vote(evidence.vote_a),
        "vote_b": _render_vote(evidence.vote_b),
        "TotalVotingPower": str(evidence.total_voting_power),
        "ValidatorPower": str(evidence.validator_power),
        "Timestamp": rfc3339(evidence.timestamp),
    }


def _parse_vote(value: object, name: str) -> Vote:
    """Read a vote; no QOS chain has vote extensions."""
    vote = members(value, name)
    kind = _VOTES.get(number(vote.get("type"), f"{name}.type", 256))
    if kind is None or vote.get("extension") or vote.get("extension_signature"):
        raise MalformedJson(f"{name} is no vote without extension")
    return Vote(
        type=kind,
        height=int64(vote.get("height"), f"{name}.height"),
        round=number(vote.get("round"), f"{name}.round", 1 << 31),
        block_id=parse_block_id(vote.get("block_id")),
        timestamp=time_ns(vote.get("timestamp"), f"{name}.timestamp"),
        validator_address=address(vote.get("validator_address"), f"{name}.validator_address"),
        validator_index=number(vote.get("validator_index"), f"{name}.validator_index", 1 << 31),
        signature=base64_bytes(vote.get("signature"), f"{name}.signature", 64),
    )


def _render_vote(vote: Vote) -> JsonObject:
    return {
        "type": int(vote.type),
        "height": str(vote.height),
        "round": vote.round,
        "block_id": render_block_id(vote.block_id),
        "timestamp": rfc3339(vote.timestamp),
        "validator_address": render_hash(vote.validator_address),
        "validator_index": vote.validator_index,
        "signature": b64encode(vote.signature).decode(),
        "extension": None,
        "extension_signature": None,
    }


def parse_attack(value: object) -> LightClientAttackEvidence:
    """Read an attack on light clients. Raises: MalformedJson."""
    evidence = members(value, "evidence")
    block = members(evidence.get("ConflictingBlock"), "ConflictingBlock")
    byzantine = evidence.get("ByzantineValidators")
    return LightClientAttackEvidence(
        conflicting_block=LightBlock(
            signed_header=parse_signed_header(block.get("signed_header")),
            validator_set=_parse_set(block.get("validator_set")),
        ),
        common_height=int64(evidence.get("CommonHeight"), "CommonHeight"),
        byzantine_validators=_parse_byzantine([] if byzantine is None else byzantine),
        total_voting_power=int64(evidence.get("TotalVotingPower"), "TotalVotingPower"),
        timestamp=time_ns(evidence.get("Timestamp"), "Timestamp"),
    )


def _parse_byzantine(value: object) -> tuple[Validator, ...]:
    return tuple(parse_validator(each) for each in items(value, "ByzantineValidators", MAX_VALIDATORS))


def _parse_set(value: object) -> ValidatorSet:
    """Read a set; its total power is never written, so that its encoding is always the same."""
    found = members(value, "validator_set")
    return ValidatorSet(
        validators=parse_validators(found.get("validators")), proposer=parse_validator(found.get("proposer"))
    )


def _render_attack(evidence: LightClientAttackEvidence) -> JsonObject:
    block = evidence.conflicting_block
    members, proposer = block.validator_set.validators, block.validator_set.proposer
    return {
        "ConflictingBlock": {
            "signed_header": render_signed_header(block.signed_header),
            "validator_set": {
                "validators": [render_validator(each) for each in members],
                "proposer": None if proposer is None else render_validator(proposer),
            },
        },
        "CommonHeight": str(evidence.common_height),
        "ByzantineValidators": [render_validator(each) for each in evidence.byzantine_validators],
        "TotalVotingPower": str(evidence.total_voting_power),
        "Timestamp": rfc3339(evidence.timestamp),
    }
