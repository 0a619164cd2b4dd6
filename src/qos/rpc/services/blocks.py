"""`cosmos.base.tendermint.v1beta1.Service`: blocks and validators below the chain."""

from qos.base.identifiers import CONSENSUS_PREFIX, Address, format_address
from qos.machine.abci import QueryResult
from qos.proto import codec
from qos.proto.records import cosmos_crypto_ed25519
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_base_tendermint_v1beta1 import (
    ABCIQueryRequest,
    ABCIQueryResponse,
    Block,
    GetBlockByHeightRequest,
    GetBlockByHeightResponse,
    GetLatestBlockRequest,
    GetLatestBlockResponse,
    GetLatestValidatorSetRequest,
    GetLatestValidatorSetResponse,
    GetValidatorSetByHeightRequest,
    GetValidatorSetByHeightResponse,
    Header,
    ProofOp,
    ProofOps,
    Validator,
)
from qos.proto.records.tendermint_types import Block as EngineBlock
from qos.proto.records.tendermint_types import Header as EngineHeader
from qos.proto.records.tendermint_types import Validator as EngineValidator
from qos.rpc.services import reading
from qos.rpc.services.ledger import Tip
from qos.rpc.services.node import ServiceNode
from qos.rpc.services.pages import page
from qos.rpc.services.status import CallRefused, Status


def height_of(tip: Tip, height: int, *, ahead: int = 0) -> int:
    """Return a height whose block is stored, at most `ahead` beyond the newest. Raises: CallRefused."""
    newest, base = tip.height, tip.base
    if not newest:
        raise CallRefused(Status.UNAVAILABLE, "there is no block yet: ask again after the first block")
    if height <= 0:
        raise CallRefused(Status.INVALID_ARGUMENT, f"height must be greater than 0, but got {height}")
    if height > newest + ahead:
        raise CallRefused(
            Status.INVALID_ARGUMENT,
            f"requested block height {height} is bigger than the chain length: the newest height is {newest}",
        )
    if height < base:
        raise CallRefused(Status.OUT_OF_RANGE, f"height {height} is not kept here, the lowest is {base}")
    return height


async def latest_block(node: ServiceNode, request: GetLatestBlockRequest) -> GetLatestBlockResponse:
    """Return the newest block. Raises: CallRefused when there is none."""
    del request
    found = await block_by_height(node, GetBlockByHeightRequest(height=await _newest(node)))
    return GetLatestBlockResponse(block_id=found.block_id, block=found.block, sdk_block=found.sdk_block)


async def _newest(node: ServiceNode) -> int:
    tip = await node.ledger.tip()
    return height_of(tip, tip.height or 1)


async def block_by_height(node: ServiceNode, request: GetBlockByHeightRequest) -> GetBlockByHeightResponse:
    """Return a block. Raises: CallRefused."""
    found = await node.ledger.block(height_of(await node.ledger.tip(), request.height))
    return GetBlockByHeightResponse(block_id=found.block_id, block=found.block, sdk_block=_named(found.block))


def _named(block: EngineBlock) -> Block:
    header = _named_header(block.header)
    return Block(header=header, data=block.data, evidence=block.evidence, last_commit=block.last_commit)


def _named_header(header: EngineHeader) -> Header:
    return Header(
        version=header.version,
        chain_id=header.chain_id,
        height=header.height,
        time=header.time,
        last_block_id=header.last_block_id,
        last_commit_hash=header.last_commit_hash,
        data_hash=header.data_hash,
        validators_hash=header.validators_hash,
        next_validators_hash=header.next_validators_hash,
        consensus_hash=header.consensus_hash,
        app_hash=header.app_hash,
        last_results_hash=header.last_results_hash,
        evidence_hash=header.evidence_hash,
        proposer_address=_consensus_address(header.proposer_address),
    )


def _consensus_address(address: bytes) -> str:
    return format_address(Address(address), CONSENSUS_PREFIX)


async def latest_validators(node: ServiceNode, request: GetLatestValidatorSetRequest) -> GetLatestValidatorSetResponse:
    """Return a page of who signed the newest block. Raises: CallRefused."""
    asked = GetValidatorSetByHeightRequest(height=await _newest(node), pagination=request.pagination)
    found = await validators_by_height(node, asked)
    return GetLatestValidatorSetResponse(
        block_height=found.block_height, validators=found.validators, pagination=found.pagination
    )


async def validators_by_height(
    node: ServiceNode, request: GetValidatorSetByHeightRequest
) -> GetValidatorSetByHeightResponse:
    """Return a page of who signs a height, at most one beyond the newest block. Raises: CallRefused."""
    height = height_of(await node.ledger.tip(), request.height, ahead=1)
    members = await node.ledger.validators(height)
    shown, response = page(members, request.pagination or PageRequest())
    return GetValidatorSetByHeightResponse(
        block_height=height, validators=tuple(_validator(member) for member in shown), pagination=response
    )


def _validator(member: EngineValidator) -> Validator:
    key = cosmos_crypto_ed25519.PubKey(key=member.pub_key.ed25519 or b"")
    return Validator(
        address=_consensus_address(member.address),
        pub_key=codec.pack(key),
        voting_power=member.voting_power,
        proposer_priority=member.proposer_priority,
    )


async def abci_query(node: ServiceNode, request: ABCIQueryRequest) -> ABCIQueryResponse:
    """Answer as the RPC's route of this name does; a refusal is an answer with its code. Raises: CallRefused."""
    if request.height < 0:
        raise CallRefused(Status.INVALID_ARGUMENT, "height cannot be negative")
    result = await reading.query(node, request.path, request.data, request.height, prove=request.prove)
    return _query_response(result)


def _query_response(result: QueryResult) -> ABCIQueryResponse:
    ops = tuple(ProofOp(type=op.type, key=op.key, data=op.data) for op in result.proof_ops)
    return ABCIQueryResponse(
        code=result.code,
        log=result.log,
        key=result.key,
        value=result.value,
        proof_ops=ProofOps(ops=ops) if ops else None,
        height=result.height,
        codespace=result.codespace,
    )
