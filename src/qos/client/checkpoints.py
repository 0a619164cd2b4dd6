"""A chain's assets with proofs, as its peers record them (L4). What a node says is checked before it is handed on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qos.base.identifiers import Address
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.node import abci_query, store_path
from qos.client.queries import query
from qos.modules.assets.bank.state import ASSETS, NEXT_ID, STORE, SUPPLY
from qos.modules.crosschain.qcp.checkpoints import Root, proven_asset, proven_count
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.qos_bank_v1 import QueryAssetsRequest, QueryAssetsResponse
from qos.proto.records.qos_qcp_v1 import MsgCheckpoint, ProvenAsset

PAGE = 1_000
MAX_MESSAGE_ASSETS = 64
MAX_MESSAGE_BYTES = 128 * 1024
"""Proofs in one message; two of them fit a transaction of at most 256 KiB only with little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A proven header; its app hash is of the state before its own block."""

    chain_id: str
    height: int
    app_hash: bytes


async def checkpoint_messages(node: Transport, header: Header, submitter: Address) -> tuple[MsgCheckpoint, ...]:
    """Return the messages that prove every asset of a chain under a header.

    Raises: NotProven, MalformedBytes, MalformedField, BadAnswer, Refused, CallFailed, Unreachable.
    """
    names = await asset_names(node, header.height - 1)
    count_proof, chain_proof = await _proof(node, NEXT_ID.prefix, header.height - 1)
    root = Root(app_hash=header.app_hash, chain_proof=chain_proof)
    if proven_count(root, count_proof) != len(names):
        raise BadAnswer(f"the node names {len(names)} assets, the chain has more or fewer")
    proven = [await _asset(node, root, name, header.height - 1) for name in names]
    return tuple(
        MsgCheckpoint(
            submitter=submitter,
            chain_id=header.chain_id,
            height=header.height,
            chain_proof=chain_proof,
            count_proof=count_proof,
            assets=part,
        )
        for part in _parts(proven)
    )


async def asset_names(node: Transport, height: int) -> tuple[str, ...]:
    """Return the denominations of all assets at a height. Raises: Refused, BadAnswer, Unreachable."""
    found: list[str] = []
    page = PageRequest(limit=PAGE)
    while True:
        request = QueryAssetsRequest(pagination=page)
        answer = await node.send(query("/qos.bank.v1.Query/Assets", request, QueryAssetsResponse, height=height))
        found.extend(asset.denom for asset in answer.assets)
        if answer.pagination is None or not answer.pagination.next_key:
            return tuple(found)
        page = PageRequest(limit=PAGE, key=answer.pagination.next_key)


async def _asset(node: Transport, root: Root, denom: str, height: int) -> ProvenAsset:
    asset_proof, _ = await _proof(node, ASSETS.raw_key(denom), height)
    supply_proof, _ = await _proof(node, SUPPLY.raw_key(denom), height)
    found = ProvenAsset(denom=denom, asset_proof=asset_proof, supply_proof=supply_proof)
    proven_asset(root, found)
    return found


async def _proof(node: Transport, key: bytes, height: int) -> tuple[bytes, bytes]:
    answer = await node.send(abci_query(store_path(STORE), key, height=height, prove=True))
    if len(answer.proof_ops) != 2:
        raise BadAnswer(f"a stored value has a proof of two operations, not {len(answer.proof_ops)}")
    return answer.proof_ops[0].data, answer.proof_ops[1].data


def _parts(proven: Sequence[ProvenAsset]) -> Iterator[tuple[ProvenAsset, ...]]:
    part: list[ProvenAsset] = []
    size = 0
    for asset in proven:
        length = len(asset.asset_proof) + len(asset.supply_proof)
        if part and (len(part) == MAX_MESSAGE_ASSETS or size + length > MAX_MESSAGE_BYTES):
            yield tuple(part)
            part, size = [], 0
        part.append(asset)
        size += length
    yield tuple(part)
