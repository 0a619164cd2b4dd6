"""Who a node is and how it is set up: node information, block limits under both names, node configuration."""

import json
from typing import Final

from qos.base.blocktime import NANOSECONDS
from qos.engine.consensus_params import render_params
from qos.machine.errors import KeyNotFound
from qos.proto import codec
from qos.proto.records import cosmos_consensus_v1, cosmos_params_v1beta1, qos_fees_v1
from qos.proto.records.cosmos_base_node_v1beta1 import ConfigRequest, ConfigResponse, StatusRequest, StatusResponse
from qos.proto.records.cosmos_base_tendermint_v1beta1 import (
    GetNodeInfoRequest,
    GetNodeInfoResponse,
    GetSyncingRequest,
    GetSyncingResponse,
    Module,
    VersionInfo,
)
from qos.proto.records.tendermint_p2p import DefaultNodeInfo, DefaultNodeInfoOther, ProtocolVersion
from qos.proto.records.tendermint_types import (
    ABCIParams,
    BlockParams,
    ConsensusParams,
    EvidenceParams,
    ValidatorParams,
    VersionParams,
)
from qos.rpc.comet.chain_routes import COMET_VERSION
from qos.rpc.services import reading
from qos.rpc.services.blocks import height_of
from qos.rpc.services.node import ServiceNode

SDK_VERSION: Final = "v0.50.14"
"""The Cosmos SDK whose queries and transactions these are; clients choose their forms by it."""

BUILD_DEPS: Final = (
    Module(path="github.com/cosmos/cosmos-sdk", version=SDK_VERSION),
    Module(path="github.com/cometbft/cometbft", version=f"v{COMET_VERSION}"),
)
_FEES_PATH: Final = "/qos.fees.v1.Query/Params"
_SUBSPACE: Final = "baseapp"
_SUBSPACE_KEYS: Final = {"BlockParams": "block", "EvidenceParams": "evidence", "ValidatorParams": "validator"}


async def node_info(node: ServiceNode, request: GetNodeInfoRequest) -> GetNodeInfoResponse:
    """Return who the node is and which software it behaves like."""
    del request
    who = await node.ledger.identity()
    info = DefaultNodeInfo(
        protocol_version=ProtocolVersion(p2p=who.p2p_version, block=who.block_version, app=who.app_version),
        default_node_id=who.node_id,
        listen_addr=who.listen_addr,
        network=who.chain_id,
        version=who.engine_version,
        channels=who.channels,
        moniker=who.moniker,
        other=DefaultNodeInfoOther(tx_index="on", rpc_address=who.rpc_address),
    )
    version = VersionInfo(
        name="qos", app_name="qos", version=node.version, build_deps=BUILD_DEPS, cosmos_sdk_version=SDK_VERSION
    )
    return GetNodeInfoResponse(default_node_info=info, application_version=version)


async def syncing(node: ServiceNode, request: GetSyncingRequest) -> GetSyncingResponse:
    """Return whether others are known to have newer blocks."""
    del request
    return GetSyncingResponse(syncing=(await node.ledger.tip()).catching_up)


async def consensus_params(
    node: ServiceNode, request: cosmos_consensus_v1.QueryParamsRequest
) -> cosmos_consensus_v1.QueryParamsResponse:
    """Return the limits of blocks."""
    del request
    params = await node.ledger.params()
    return cosmos_consensus_v1.QueryParamsResponse(
        params=ConsensusParams(
            block=BlockParams(max_bytes=params.block_max_bytes, max_gas=params.block_max_gas),
            evidence=EvidenceParams(
                max_age_num_blocks=params.evidence_max_age_num_blocks,
                max_age_duration=params.evidence_max_age_duration_ns,
                max_bytes=params.evidence_max_bytes,
            ),
            validator=ValidatorParams(pub_key_types=("ed25519",)),
            version=VersionParams(app=params.version_app),
            abci=ABCIParams(vote_extensions_enable_height=params.vote_extensions_enable_height),
        )
    )


async def older_params(
    node: ServiceNode, request: cosmos_params_v1beta1.QueryParamsRequest
) -> cosmos_params_v1beta1.QueryParamsResponse:
    """Return a part of the limits of blocks as JSON, as nodes did before 0.47. Raises: KeyNotFound."""
    section = _SUBSPACE_KEYS.get(request.key) if request.subspace == _SUBSPACE else None
    if section is None:
        raise KeyNotFound(f"there is no parameter {request.key[:64]!r} in subspace {request.subspace[:64]!r}")
    value = json.dumps(render_params(await node.ledger.params())[section])
    change = cosmos_params_v1beta1.ParamChange(subspace=request.subspace, key=request.key, value=value)
    return cosmos_params_v1beta1.QueryParamsResponse(param=change)


async def config(node: ServiceNode, request: ConfigRequest) -> ConfigResponse:
    """Return the least gas price and how many versions answer queries."""
    del request
    asked = codec.encode(qos_fees_v1.QueryParamsRequest())
    found = await reading.query(node, _FEES_PATH, asked, 0)
    fees = codec.decode(qos_fees_v1.QueryParamsResponse, found.value).params
    price = "" if fees is None else f"{fees.gas_price}{fees.denom}"
    return ConfigResponse(
        minimum_gas_price=price, pruning_keep_recent=str(node.keep_versions), pruning_interval="1", halt_height=0
    )


async def status(node: ServiceNode, request: StatusRequest) -> StatusResponse:
    """Return how far the node is. Raises: CallRefused before the first block."""
    del request
    tip = await node.ledger.tip()
    height = height_of(tip, tip.height or 1)
    header = (await node.ledger.block(height)).block.header
    return StatusResponse(
        earliest_store_height=max(height - node.keep_versions + 1, tip.base),
        height=height,
        timestamp=header.time // NANOSECONDS * NANOSECONDS,
        app_hash=node.state.info().app_hash,
        validator_hash=header.validators_hash,
    )
