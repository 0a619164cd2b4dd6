"""The ledger of what is out at each peer (Q13): the most it can ever return."""

from collections.abc import Iterator

from qos.machine.context import Context
from qos.modules.crosschain.qcp.packet_errors import NotOutstanding
from qos.modules.crosschain.qcp.state import OUTSTANDING, QUEUE_ID
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import Peer
from qos.store.access import Reads


def confirmed(ctx: Context, peer: Peer, coin: Coin) -> None:
    """Count an escrowed asset whose arrival the peer confirmed."""
    key = (peer.outgoing, coin.denom)
    OUTSTANDING.set(ctx, key, (OUTSTANDING.get(ctx, key) or 0) + coin.amount)


def returned(ctx: Context, peer: Peer, coin: Coin) -> None:
    """Take off what comes home. Raises: NotOutstanding when the peer returns more than it holds."""
    key = (peer.outgoing, coin.denom)
    out = OUTSTANDING.get(ctx, key) or 0
    if out < coin.amount:
        raise NotOutstanding(coin.denom, out, coin.amount)
    if out == coin.amount:
        OUTSTANDING.delete(ctx, key)
    else:
        OUTSTANDING.set(ctx, key, out - coin.amount)


def listed(ctx: Reads, peer: Peer) -> Iterator[Coin]:
    """Yield what a peer holds of ours, by asset."""
    for (_, denom), amount in OUTSTANDING.items(ctx, QUEUE_ID.encode(peer.outgoing)):
        yield Coin(denom=denom, amount=amount)
