"""What subscribers receive."""

from typing import Final, Literal, assert_never

from qos.base.blocktime import rfc3339
from qos.crypto import ed25519
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.occurrences import Kind, Occurrence, Step
from qos.lightclient.comet_json import render_block_id, render_hash, render_header, render_public_key
from qos.lightclient.evidence_json import render_evidence
from qos.lightclient.hashes import PRECOMMIT, PREVOTE
from qos.proto.records.tendermint_crypto import PublicKey
from qos.rpc.comet import render
from qos.rpc.comet.envelope import JsonObject

_ROUND_STATES: Final = frozenset({Kind.NEW_ROUND_STEP, Kind.VALID_BLOCK, Kind.POLKA, Kind.LOCK})


def frame(query: str, occurrence: Occurrence) -> JsonObject:
    """Write something that happened for a subscriber of a query."""
    name = "RoundState" if occurrence.kind in _ROUND_STATES else occurrence.kind.value
    data: JsonObject = {"type": f"tendermint/event/{name}", "value": _value(occurrence)}
    return {"query": query, "data": data, "events": occurrence.values}


def _value(occurrence: Occurrence) -> JsonObject:
    match occurrence.kind:
        case Kind.NEW_ROUND_STEP | Kind.VALID_BLOCK | Kind.POLKA | Kind.LOCK:
            return _place(occurrence)
        case Kind.NEW_ROUND:
            return _new_round(occurrence)
        case Kind.COMPLETE_PROPOSAL:
            return {**_place(occurrence), "block_id": render_block_id(occurrence.committed.block_id)}
        case Kind.VOTE:
            return {"Vote": _vote(occurrence)}
        case Kind.NEW_BLOCK | Kind.NEW_BLOCK_HEADER | Kind.NEW_BLOCK_EVENTS:
            return _block(occurrence.kind, occurrence.committed)
        case Kind.NEW_EVIDENCE:
            shown = occurrence.committed.block.evidence.evidence[occurrence.index]
            return {"height": str(occurrence.committed.height), "evidence": render_evidence(shown)}
        case Kind.TX:
            return {"TxResult": _transaction(occurrence)}
        case Kind.VALIDATOR_SET_UPDATES:
            return _changed_validators(occurrence)
        case _:
            assert_never(occurrence.kind)


def _block(
    kind: Literal[Kind.NEW_BLOCK, Kind.NEW_BLOCK_HEADER, Kind.NEW_BLOCK_EVENTS], committed: CommittedBlock
) -> JsonObject:
    match kind:
        case Kind.NEW_BLOCK:
            return {
                "block": render.block(committed.block),
                "block_id": render_block_id(committed.block_id),
                "result_finalize_block": render.finalized(committed),
            }
        case Kind.NEW_BLOCK_HEADER:
            return {"header": render_header(committed.block.header)}
        case Kind.NEW_BLOCK_EVENTS:
            events = render.events(committed.result.events) or None
            return {"height": str(committed.height), "events": events, "num_txs": str(len(committed.block.data.txs))}
        case _:
            assert_never(kind)


def _place(occurrence: Occurrence) -> JsonObject:
    committed, step = occurrence.committed, occurrence.step
    height = committed.height + 1 if step is Step.NEW_HEIGHT else committed.height
    return {"height": str(height), "round": committed.commit.round, "step": step.value}


def _new_round(occurrence: Occurrence) -> JsonObject:
    committed = occurrence.committed
    proposer = committed.block.header.proposer_address
    voters = [vote.validator_address for vote in committed.commit.signatures]
    return {
        **_place(occurrence),
        "proposer": {"address": render_hash(proposer), "index": voters.index(proposer) if proposer in voters else -1},
    }


def _vote(occurrence: Occurrence) -> JsonObject:
    commit = occurrence.votes
    vote = commit.signatures[occurrence.index]
    return {
        "type": PREVOTE if occurrence.step is Step.PREVOTE else PRECOMMIT,
        "height": str(commit.height),
        "round": commit.round,
        "block_id": render_block_id(commit.block_id),
        "timestamp": rfc3339(vote.timestamp),
        "validator_address": render_hash(vote.validator_address),
        "validator_index": occurrence.index,
        "signature": render.base64_text(vote.signature),
        "extension": None,
        "extension_signature": None,
    }


def _transaction(occurrence: Occurrence) -> JsonObject:
    """Write a transaction's outcome; as in CometBFT members that are zero or empty are left out."""
    committed, index = occurrence.committed, occurrence.index
    shown = render.transaction(
        committed.height, index, committed.block.data.txs[index], committed.result.tx_results[index]
    )
    result = {name: value for name, value in render.tx_result(committed.result.tx_results[index]).items() if value}
    result = {name: value for name, value in result.items() if value != "0"}
    place: JsonObject = {"index": index} if index else {}
    return {"height": shown["height"], **place, "tx": shown["tx"], "result": result}


def _changed_validators(occurrence: Occurrence) -> JsonObject:
    updates = [
        {
            "address": render_hash(ed25519.address(update.public_key)),
            "pub_key": render_public_key(PublicKey(ed25519=update.public_key)),
            "voting_power": str(update.power),
            "proposer_priority": "0",
        }
        for update in occurrence.committed.result.validator_updates
    ]
    return {"validator_updates": updates}
