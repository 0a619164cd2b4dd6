"""The record of a peer's assets that relays keep up (L4): when it is due, and what brings it up to date."""

from qos.base.blocktime import HOUR_NS
from qos.client.calls import Transport
from qos.client.errors import Refused
from qos.client.queries import query
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.qos_qcp_v1 import MsgCheckpoint, QueryCheckpointRequest, QueryCheckpointResponse

RENEW_NS = 16 * HOUR_NS
"""Well within the day after which a record counts as stale: relays look every hour."""
BASE_GAS = 100_000
ASSET_GAS = 60_000
PROOF_BYTE_GAS = 8


async def is_due(node: Transport, chain_id: str, now_ns: int) -> bool:
    """Tell whether a chain's record of a peer is missing, in parts, or soon too old.

    Raises: Refused, BadAnswer, Unreachable.
    """
    request = QueryCheckpointRequest(chain_id=chain_id, pagination=PageRequest(limit=1))
    try:
        found = (await node.send(query("/qos.qcp.v1.Query/Checkpoint", request, QueryCheckpointResponse))).checkpoint
    except Refused as error:
        if error.is_missing:
            return True
        raise
    return found is None or found.whole is None or now_ns - found.whole > RENEW_NS


def gas_of(message: MsgCheckpoint) -> int:
    """Return a gas limit that surely suffices for one message."""
    size = len(message.count_proof) + len(message.chain_proof)
    for asset in message.assets:
        size += len(asset.asset_proof) + len(asset.supply_proof) + 2 * len(message.chain_proof)
    return BASE_GAS + ASSET_GAS * len(message.assets) + PROOF_BYTE_GAS * size
