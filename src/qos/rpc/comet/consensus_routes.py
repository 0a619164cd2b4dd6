"""Routes about consensus. One process decides here, always in round 0: between two blocks nothing is proposed yet."""

from typing import Final

from qos.base.blocktime import rfc3339
from qos.lightclient.comet_json import render_hash, render_validator
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.lightclient.evidence_json import parse_evidence
from qos.lightclient.json_values import MalformedJson
from qos.proto.records.tendermint_types import BlockIDFlag, Commit, CommitSig, Validator, ValidatorSet
from qos.rpc.comet.arguments import Arguments
from qos.rpc.comet.envelope import InvalidParams, JsonObject, RpcError
from qos.rpc.comet.node import RpcNode
from qos.rpc.comet.render import base64_text

NEW_HEIGHT_STEP: Final = 1
NO_ROUND: Final = -1
FINGERPRINT_BYTES: Final = 6
_NONE_SIGNED: Final = 0


async def consensus_state(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer in short what the next block waits for."""
    state = node.engine.state
    proposer = _proposer(state.validators)
    place = [member.address for member in state.validators.validators].index(proposer.address)
    return {
        "round_state": {
            "height/round/step": f"{state.height + 1}/0/{NEW_HEIGHT_STEP}",
            "start_time": rfc3339(state.time_ns),
            "proposal_block_hash": "",
            "locked_block_hash": "",
            "valid_block_hash": "",
            "height_vote_set": [_no_votes(state.validators)],
            "proposer": {"address": render_hash(proposer.address), "index": place},
        }
    }


async def dump_consensus_state(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer at length what the next block waits for; there are no peers."""
    state = node.engine.state
    round_state: JsonObject = {
        "height": str(state.height + 1),
        "round": 0,
        "step": NEW_HEIGHT_STEP,
        "start_time": rfc3339(state.time_ns),
        "commit_time": rfc3339(state.time_ns),
        "validators": _validator_set(state.validators),
        "proposal": None,
        "proposal_block": None,
        "proposal_block_parts": None,
        "locked_round": NO_ROUND,
        "locked_block": None,
        "locked_block_parts": None,
        "valid_round": NO_ROUND,
        "valid_block": None,
        "valid_block_parts": None,
        "votes": [_no_votes(state.validators)],
        "commit_round": NO_ROUND,
        "last_commit": _last_commit(state.commit, state.voters) if state.voters.validators else None,
        "last_validators": _validator_set(state.voters),
        "triggered_timeout_precommit": False,
    }
    return {"round_state": round_state, "peers": []}


async def broadcast_evidence(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Let evidence wait for a block once it is proven; what a block holds already is welcome and changes nothing."""
    document = arguments.document("evidence")
    if document is None:
        raise RpcError("no evidence was provided")
    try:
        name = node.engine.evidence.add(parse_evidence(document))
    except MalformedJson as error:
        raise InvalidParams(str(error)) from None
    except FalseEvidence as error:
        raise RpcError(f"failed to add evidence: {error}") from None
    return {"hash": base64_text(name)}


def _proposer(validators: ValidatorSet) -> Validator:
    if validators.proposer is None:
        raise RpcError("the set of validators names no proposer")
    return validators.proposer


def _validator_set(shown: ValidatorSet) -> JsonObject:
    proposer = None if shown.proposer is None else render_validator(shown.proposer)
    return {"validators": [render_validator(each) for each in shown.validators] or None, "proposer": proposer}


def _no_votes(validators: ValidatorSet) -> JsonObject:
    total = sum(each.voting_power for each in validators.validators)
    votes = ["nil-Vote"] * len(validators.validators)
    bits = _bit_array([False] * len(votes), _NONE_SIGNED, total)
    return {
        "round": 0,
        "prevotes": votes,
        "prevotes_bit_array": bits,
        "precommits": votes,
        "precommits_bit_array": bits,
    }


def _last_commit(commit: Commit, voters: ValidatorSet) -> JsonObject:
    pairs = list(zip(commit.signatures, voters.validators, strict=True))
    signed = [vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_COMMIT for vote, _ in pairs]
    power = sum(member.voting_power for (_, member), is_signed in zip(pairs, signed, strict=True) if is_signed)
    total = sum(member.voting_power for _, member in pairs)
    votes = [
        _vote_text(index, commit, vote) if is_signed else "nil-Vote"
        for index, ((vote, _), is_signed) in enumerate(zip(pairs, signed, strict=True))
    ]
    return {"votes": votes, "votes_bit_array": _bit_array(signed, power, total), "peer_maj_23s": {}}


def _vote_text(index: int, commit: Commit, vote: CommitSig) -> str:
    who, block = _fingerprint(vote.validator_address), _fingerprint(commit.block_id.hash)
    where = f"{commit.height}/{commit.round:02}/SIGNED_MSG_TYPE_PRECOMMIT(Precommit)"
    no_extension = "0" * 2 * FINGERPRINT_BYTES
    at = rfc3339(vote.timestamp)
    return f"Vote{{{index}:{who} {where} {block} {_fingerprint(vote.signature)} {no_extension} @ {at}}}"


def _fingerprint(data: bytes) -> str:
    return render_hash(data[:FINGERPRINT_BYTES])


def _bit_array(bits: list[bool], power: int, total: int) -> str:
    marks = "".join("x" if bit else "_" for bit in bits)
    return f"BA{{{len(bits)}:{marks}}} {power}/{total} = {power / total:.2f}"
