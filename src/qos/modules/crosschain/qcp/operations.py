"""What other modules may do: send a request of their own to a peer (Q9: it joins the scope it is sent from)."""

from qos.machine.context import Context
from qos.modules.crosschain.qcp import client, peers, queues, transfer
from qos.modules.crosschain.qcp.packets import checked_timeout
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.types import Sent
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer


def send_transfer(ctx: Context, msg: MsgSendTransfer) -> Sent:
    """Send an asset to another chain; what it carries is escrowed or burned until the result comes.

    Raises: UnknownPeer, QueueFrozen, ClientExpired, BadTimeout, and as `transfer.take`.
    """
    peer = peers.require_open(ctx, msg.destination)
    if peers.needs_proof(peer):
        client.check_live(ctx, peer.chain_id, figures(ctx).client)
    timeout_ns = ctx.block.time_ns + checked_timeout(msg.timeout)
    payload, held = transfer.take(ctx, peer, msg)
    return queues.send_request(ctx, peer, transfer.request_of(payload, timeout_ns), held)
