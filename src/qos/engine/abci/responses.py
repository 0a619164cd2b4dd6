"""What the application answers, as an engine reads it."""

from qos.machine.abci import BlockResult, CheckResult, Info, QueryResult
from qos.proto.records.tendermint_abci import (
    ResponseCheckTx,
    ResponseFinalizeBlock,
    ResponseInfo,
    ResponseQuery,
    ValidatorUpdate,
)
from qos.proto.records.tendermint_crypto import ProofOp, ProofOps, PublicKey


def info(found: Info, version: str) -> ResponseInfo:
    """Return the last committed height and hash, and no more: the engine replays what is missing."""
    return ResponseInfo(
        data="qos",
        version=version,
        app_version=found.app_version,
        last_block_height=found.height,
        last_block_app_hash=found.app_hash,
    )


def checked(result: CheckResult) -> ResponseCheckTx:
    """Return whether a transaction may wait, and why not."""
    return ResponseCheckTx(
        code=result.code,
        log=result.log,
        gas_wanted=result.gas_wanted,
        gas_used=result.gas_used,
        codespace=result.codespace,
    )


def finalized(result: BlockResult) -> ResponseFinalizeBlock:
    """Return what a block did; events keep their marks of what is indexed."""
    return ResponseFinalizeBlock(
        events=result.events,
        tx_results=result.tx_results,
        validator_updates=tuple(
            ValidatorUpdate(pub_key=PublicKey(ed25519=each.public_key), power=each.power)
            for each in result.validator_updates
        ),
        app_hash=result.app_hash,
    )


def answered(result: QueryResult) -> ResponseQuery:
    """Return the answer to a query."""
    ops = tuple(ProofOp(type=each.type, key=each.key, data=each.data) for each in result.proof_ops)
    return ResponseQuery(
        code=result.code,
        log=result.log,
        key=result.key,
        value=result.value,
        proof_ops=ProofOps(ops=ops) if ops else None,
        height=result.height,
        codespace=result.codespace,
    )
