"""What an engine's requests mean to the application: genesis document, blocks, votes."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from qos.base.blocktime import rfc3339
from qos.base.strictjson import JsonObject, render_json
from qos.engine.consensus_params import ConsensusParams, parse_params, render_params
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo, Misbehavior, MisbehaviorKind, Vote
from qos.machine.errors import UnknownRequest
from qos.machine.genesis import BadGenesis
from qos.proto.records import tendermint_abci as abci
from qos.proto.records import tendermint_types as types
from qos.proto.records.tendermint_abci import (
    CommitInfo,
    RequestFinalizeBlock,
    RequestInitChain,
    RequestPrepareProposal,
    RequestProcessProposal,
    ValidatorUpdate,
)

EXTENSIONS_ARE_OFF: Final = "vote extensions are off on every QOS chain"


def genesis_document(request: RequestInitChain) -> bytes:
    """Return the genesis document an engine was started with, as the application reads it. Raises: BadGenesis."""
    if request.time is None:
        raise BadGenesis("genesis_time is missing")
    head: JsonObject = {
        "chain_id": request.chain_id,
        "genesis_time": rfc3339(request.time),
        "initial_height": str(request.initial_height),
        "consensus_params": render_params(_params(request.consensus_params)),
        "validators": [_validator(each) for each in request.validators],
    }
    # The state is put in as it came: it may be long, and the application parses it anyhow.
    return render_json(head).encode()[:-1] + b',"app_state":' + (request.app_state_bytes or b"{}") + b"}"


def _validator(update: ValidatorUpdate) -> JsonObject:
    key = update.pub_key.ed25519
    if key is None:
        raise BadGenesis("validators sign with ed25519 keys")
    return {
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": b64encode(key).decode()},
        "power": str(update.power),
    }


def _params(params: types.ConsensusParams | None) -> ConsensusParams:
    """Return the parameters of blocks. Raises: BadGenesis, on vote extensions among others."""
    given = params or types.ConsensusParams()
    block, evidence = given.block or types.BlockParams(), given.evidence or types.EvidenceParams()
    sections: JsonObject = {
        "block": {"max_bytes": str(block.max_bytes), "max_gas": str(block.max_gas)},
        "evidence": {
            "max_age_num_blocks": str(evidence.max_age_num_blocks),
            "max_age_duration": str(evidence.max_age_duration or 0),
            "max_bytes": str(evidence.max_bytes),
        },
        "validator": {"pub_key_types": list(given.validator.pub_key_types if given.validator else ())},
        "version": {"app": str(given.version.app if given.version else 0)},
        "abci": {"vote_extensions_enable_height": str(given.abci.vote_extensions_enable_height if given.abci else 0)},
    }
    return parse_params(sections)


def proposed_block(chain_id: str, request: RequestPrepareProposal) -> BlockInfo:
    """Return the block to be filled. Raises: UnknownRequest when votes carry extensions, or on unknown offences."""
    votes = request.local_last_commit.votes
    if any(each.vote_extension or each.extension_signature for each in votes):
        raise UnknownRequest(f"{EXTENSIONS_ARE_OFF}: unknown request")
    return BlockInfo(
        chain_id=chain_id,
        height=request.height,
        time_ns=request.time or 0,
        proposer_address=request.proposer_address,
        votes=tuple(
            Vote(address=each.validator.address, power=each.validator.power, flag=each.block_id_flag) for each in votes
        ),
        misbehavior=_misbehavior(request.misbehavior),
    )


def judged_block(chain_id: str, request: RequestProcessProposal) -> BlockInfo:
    """Return the block somebody proposed. Raises: UnknownRequest on unknown offences."""
    return BlockInfo(
        chain_id=chain_id,
        height=request.height,
        time_ns=request.time or 0,
        proposer_address=request.proposer_address,
        votes=_votes(request.proposed_last_commit),
        misbehavior=_misbehavior(request.misbehavior),
    )


def decided_block(chain_id: str, request: RequestFinalizeBlock) -> BlockRequest:
    """Return the block that was decided, with its transactions. Raises: UnknownRequest on unknown offences."""
    block = BlockInfo(
        chain_id=chain_id,
        height=request.height,
        time_ns=request.time or 0,
        proposer_address=request.proposer_address,
        votes=_votes(request.decided_last_commit),
        misbehavior=_misbehavior(request.misbehavior),
    )
    return BlockRequest(block=block, txs=request.txs)


def _votes(commit: CommitInfo) -> tuple[Vote, ...]:
    return tuple(
        Vote(address=each.validator.address, power=each.validator.power, flag=each.block_id_flag)
        for each in commit.votes
    )


def _misbehavior(offences: Sequence[abci.Misbehavior]) -> tuple[Misbehavior, ...]:
    return tuple(
        Misbehavior(
            kind=_offence(each.type),
            address=each.validator.address,
            power=each.validator.power,
            height=each.height,
            time_ns=each.time or 0,
            total_power=each.total_voting_power,
        )
        for each in offences
    )


def _offence(kind: abci.MisbehaviorType) -> MisbehaviorKind:
    if kind is abci.MisbehaviorType.UNKNOWN:
        raise UnknownRequest("the engine proves an offence of no known kind: unknown request")
    return MisbehaviorKind(kind)
