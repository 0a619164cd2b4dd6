"""Blocks, results and transactions in the JSON of CometBFT's RPC; headers and votes are in `lightclient`."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from qos.base import merkle
from qos.engine.blocks import CommittedBlock
from qos.lightclient.comet_json import (
    render_block_id,
    render_commit,
    render_hash,
    render_header,
)
from qos.lightclient.evidence_json import render_evidence
from qos.machine.abci import BlockResult, CheckResult, ProofOp, QueryResult, ValidatorUpdate
from qos.proto.records.tendermint_abci import Event, ExecTxResult
from qos.proto.records.tendermint_types import Block, BlockID, BlockMeta
from qos.rpc.comet.envelope import JsonObject


def base64_text(data: bytes) -> str:
    """Write bytes as base64."""
    return b64encode(data).decode()


def base64_or_null(data: bytes) -> str | None:
    """Write bytes as base64; none as null, as Go writes an empty slice that was never made."""
    return base64_text(data) if data else None


def block(shown: Block) -> JsonObject:
    """Write a block."""
    return {
        "header": render_header(shown.header),
        "data": {"txs": [base64_text(tx) for tx in shown.data.txs]},
        "evidence": {"evidence": [render_evidence(each) for each in shown.evidence.evidence]},
        "last_commit": render_commit(shown.last_commit),
    }


def named_block(block_id: BlockID, shown: Block) -> JsonObject:
    """Write a block under its name."""
    return {"block_id": render_block_id(block_id), "block": block(shown)}


def block_meta(meta: BlockMeta) -> JsonObject:
    """Write what lists show of a block."""
    return {
        "block_id": render_block_id(meta.block_id),
        "block_size": str(meta.block_size),
        "header": render_header(meta.header),
        "num_txs": str(meta.num_txs),
    }


def event(shown: Event) -> JsonObject:
    """Write an event."""
    attributes = [{"key": a.key, "value": a.value, "index": a.index} for a in shown.attributes]
    return {"type": shown.type, "attributes": attributes}


def events(shown: Iterable[Event]) -> list[JsonObject]:
    """Write events."""
    return [event(each) for each in shown]


def tx_result(result: ExecTxResult) -> JsonObject:
    """Write what a transaction did."""
    return {
        "code": result.code,
        "data": base64_or_null(result.data),
        "log": result.log,
        "info": result.info,
        "gas_wanted": str(result.gas_wanted),
        "gas_used": str(result.gas_used),
        "events": events(result.events),
        "codespace": result.codespace,
    }


def check_result(result: CheckResult) -> JsonObject:
    """Write whether a transaction may wait."""
    return {
        "code": result.code,
        "data": None,
        "log": result.log,
        "info": "",
        "gas_wanted": str(result.gas_wanted),
        "gas_used": str(result.gas_used),
        "events": [],
        "codespace": result.codespace,
    }


def block_results(height: int, result: BlockResult) -> JsonObject:
    """Write what executing a block gave; empty lists are null."""
    return {
        "height": str(height),
        "txs_results": [tx_result(each) for each in result.tx_results] or None,
        "finalize_block_events": events(result.events) or None,
        "validator_updates": [_validator_update(each) for each in result.validator_updates] or None,
        "consensus_param_updates": None,
        "app_hash": base64_or_null(result.app_hash),
    }


def _validator_update(update: ValidatorUpdate) -> JsonObject:
    key = {"type": "tendermint.crypto.PublicKey_Ed25519", "value": {"ed25519": base64_text(update.public_key)}}
    return {"pub_key": {"Sum": key}, "power": str(update.power)}


def finalized(committed: CommittedBlock) -> JsonObject:
    """Write the outcome of a block as block events carry it: without empty lists, but for the validators'."""
    result = committed.result
    shown: JsonObject = {
        "events": events(result.events),
        "tx_results": [tx_result(each) for each in result.tx_results],
    }
    return {
        **{name: value for name, value in shown.items() if value},
        "validator_updates": [_validator_update(each) for each in result.validator_updates],
        "app_hash": base64_text(result.app_hash),
    }


def transaction(height: int, index: int, tx: bytes, result: ExecTxResult) -> JsonObject:
    """Write a transaction where it stands."""
    return {
        "hash": render_hash(sha256(tx).digest()),
        "height": str(height),
        "index": index,
        "tx_result": tx_result(result),
        "tx": base64_text(tx),
    }


def transaction_proof(txs: Sequence[bytes], index: int) -> JsonObject:
    """Write the Merkle path of a transaction to its block's data hash."""
    leaves = [sha256(tx).digest() for tx in txs]
    proof = merkle.prove(leaves, index)
    return {
        "root_hash": render_hash(merkle.root(leaves)),
        "data": base64_text(txs[index]),
        "proof": {
            "total": str(proof.total),
            "index": str(proof.index),
            "leaf_hash": base64_text(proof.leaf_hash),
            "aunts": [base64_text(aunt) for aunt in proof.aunts],
        },
    }


def query_result(result: QueryResult) -> JsonObject:
    """Write the answer of the application; nothing is null."""
    return {
        "code": result.code,
        "log": result.log,
        "info": "",
        "index": "0",
        "key": base64_or_null(result.key),
        "value": base64_or_null(result.value),
        "proofOps": {"ops": [_proof_op(each) for each in result.proof_ops]} if result.proof_ops else None,
        "height": str(result.height),
        "codespace": result.codespace,
    }


def _proof_op(shown: ProofOp) -> JsonObject:
    return {"type": shown.type, "key": base64_text(shown.key), "data": base64_text(shown.data)}
