"""A way past a request that must not run (Q17): the authority names its sequence, it is consumed as failed."""

from qos.machine.context import Context
from qos.modules.crosschain.qcp import peers, queues
from qos.modules.crosschain.qcp.packet_errors import AlreadyReceived
from qos.modules.crosschain.qcp.params import require_authority
from qos.modules.crosschain.qcp.state import FAILING
from qos.proto.records.qos_qcp_v1 import MsgConsumeFailed, MsgConsumeFailedResponse, Packet, Peer


def consume_failed(ctx: Context, msg: MsgConsumeFailed) -> MsgConsumeFailedResponse:
    """Name the one request of a queue that is to be consumed as failed when it comes; the one named before is let go.

    The authority alone may. Raises: Reentered, NotAuthorized, UnknownPeer, AlreadyReceived.
    """
    peers.refuse_while_running(ctx)
    require_authority(ctx, msg.authority)
    peer = peers.require(ctx, msg.chain_id)
    expected = queues.inbox(ctx, peer) + 1
    if msg.sequence < expected:
        raise AlreadyReceived(expected, msg.sequence)
    FAILING.set(ctx, peer.incoming, msg.sequence)
    return MsgConsumeFailedResponse()


def take(ctx: Context, peer: Peer, packet: Packet) -> bool:
    """Tell whether a request was named, and forget its name."""
    if FAILING.get(ctx, peer.incoming) != packet.sequence:
        return False
    FAILING.delete(ctx, peer.incoming)
    return True
