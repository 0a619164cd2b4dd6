"""Routes about the node and the chain as a whole."""

import json
from hashlib import sha256
from typing import Final

from qos.base.blocktime import rfc3339
from qos.crypto import ed25519
from qos.engine.consensus_params import render_params
from qos.engine.embedded.chain_state import Genesis
from qos.engine.embedded.producer import BLOCK_VERSION
from qos.lightclient.comet_json import (
    ValidatorsPage,
    render_hash,
    render_public_key,
    render_validators_page,
)
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import BlockMeta
from qos.rpc.comet.arguments import Arguments
from qos.rpc.comet.envelope import JsonObject, RpcError
from qos.rpc.comet.node import RpcNode
from qos.rpc.comet.paging import height_at_most, page_of, page_wish
from qos.rpc.comet.render import base64_text

COMET_VERSION: Final = "0.38.26"
"""The version whose answers these are; clients choose their reader by it."""

P2P_VERSION: Final = 8
NO_PEERS_ADDRESS: Final = "tcp://127.0.0.1:0"
NO_CHANNELS: Final = "00"
"""There is no peer-to-peer port here, but clients refuse empty texts."""

CHUNK_BYTES: Final = 16 * 1024 * 1024
_EPOCH: Final = "1970-01-01T00:00:00Z"


async def health(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer that the node is there."""
    return {}


async def status(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer who the node is and how far it is."""
    return {"node_info": _node_info(node), "sync_info": _sync_info(node), "validator_info": _validator_info(node)}


def _node_info(node: RpcNode) -> JsonObject:
    engine = node.engine
    app_version = engine.application.info().app_version
    return {
        "protocol_version": {"p2p": str(P2P_VERSION), "block": str(BLOCK_VERSION), "app": str(app_version)},
        "id": node_id(engine.validator_key),
        "listen_addr": NO_PEERS_ADDRESS,
        "network": engine.genesis.document.chain_id,
        "version": COMET_VERSION,
        "channels": NO_CHANNELS,
        "moniker": engine.config.moniker,
        "other": {"tx_index": "on", "rpc_address": node.rpc_address},
    }


def node_id(validator_key: bytes) -> str:
    """Return what stands for a node's id: it has no key of its own to be known by."""
    return sha256(b"node" + validator_key).hexdigest()[:40]


def _sync_info(node: RpcNode) -> JsonObject:
    height, base = node.engine.height, node.engine.store.base()
    return {
        **_edge("latest", node.engine.store.meta(height) if height else None),
        **_edge("earliest", node.engine.store.meta(base) if base else None),
        "catching_up": False,
    }


def _edge(name: str, meta: BlockMeta | None) -> JsonObject:
    header = None if meta is None else meta.header
    return {
        f"{name}_block_hash": "" if meta is None else render_hash(meta.block_id.hash),
        f"{name}_app_hash": "" if header is None else render_hash(header.app_hash),
        f"{name}_block_height": "0" if header is None else str(header.height),
        f"{name}_block_time": _EPOCH if header is None else rfc3339(header.time),
    }


def _validator_info(node: RpcNode) -> JsonObject:
    key = node.engine.validator_key
    address = ed25519.address(key)
    members = node.engine.state.validators.validators
    power = next((member.voting_power for member in members if member.address == address), 0)
    return {
        "address": render_hash(address),
        "pub_key": render_public_key(PublicKey(ed25519=key)),
        "voting_power": str(power),
    }


async def net_info(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer that there are no peers: one process is the whole network."""
    return {"listening": False, "listeners": [], "n_peers": "0", "peers": []}


async def abci_info(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer what the application has committed."""
    info = node.engine.application.info()
    response = {
        "data": "qos",
        "version": node.version,
        "app_version": str(info.app_version),
        "last_block_height": str(info.height),
        "last_block_app_hash": base64_text(info.app_hash),
    }
    return {"response": response}


async def abci_query(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer from committed state, with a proof when asked."""
    return await node.queries.abci_query(arguments)


async def genesis(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer the genesis document, up to 16 MiB."""
    start = node.engine.genesis
    if len(start.json) > CHUNK_BYTES:
        raise RpcError("genesis response is large, please use the genesis_chunked API instead")
    return {"genesis": _genesis_json(start)}


def _genesis_json(start: Genesis) -> JsonObject:
    document = start.document
    validators = [
        {
            "address": render_hash(ed25519.address(member.public_key)),
            "pub_key": render_public_key(PublicKey(ed25519=member.public_key)),
            "power": str(member.power),
            "name": "",
        }
        for member in document.validators
    ]
    return {
        "genesis_time": rfc3339(document.time_ns),
        "chain_id": document.chain_id,
        "initial_height": str(document.initial_height),
        "consensus_params": render_params(start.params),
        "validators": validators,
        "app_hash": "",
        "app_state": document.app_state,
    }


async def genesis_chunked(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer one 16 MiB piece of the rendered genesis document."""
    text = json.dumps(_genesis_json(node.engine.genesis), separators=(",", ":")).encode()
    total = -(-len(text) // CHUNK_BYTES)
    chunk = arguments.integer("chunk") or 0
    if not 0 <= chunk < total:
        raise RpcError(f"there are {total} chunks, {chunk} is invalid")
    piece = text[chunk * CHUNK_BYTES : (chunk + 1) * CHUNK_BYTES]
    return {"chunk": str(chunk), "total": str(total), "data": base64_text(piece)}


async def consensus_params(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer the consensus parameters of a height; genesis sets them once."""
    height = height_at_most(arguments, node.engine.height + 1, node.engine.store.base())
    return {"block_height": str(height), "consensus_params": render_params(node.engine.genesis.params)}


async def validators(node: RpcNode, arguments: Arguments) -> JsonObject:
    """Answer a page of the set that signs a height, at most one above the newest block."""
    store = node.engine.store
    height = height_at_most(arguments, node.engine.height + 1, store.base())
    members = store.validators(height).validators if store.base() else node.engine.state.validators.validators
    page = ValidatorsPage(
        block_height=height, validators=tuple(page_of(page_wish(arguments), members)), total=len(members)
    )
    return render_validators_page(page)
