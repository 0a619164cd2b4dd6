"""What other modules may do: send a request of their own to a peer (Q9: it joins the scope it is sent from)."""

from dataclasses import replace

from qos.machine.context import Context
from qos.modules.crosschain.qcp import client, delivery_fees, peers, queues, transfer
from qos.modules.crosschain.qcp.packets import checked_timeout
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.payloads import application
from qos.modules.crosschain.qcp.types import Held, Request, Sent
from qos.proto.records.qos_qcp_v1 import MsgSendData, MsgSendTransfer, Peer


def send_transfer(ctx: Context, msg: MsgSendTransfer) -> Sent:
    """Send an asset to another chain; what it carries is escrowed or burned until the result comes.

    Raises: as `_destination`, BadTimeout, as `transfer.take`, and as `_send`.
    """
    peer = _destination(ctx, msg.destination)
    timeout_ns = ctx.block.time_ns + checked_timeout(msg.timeout)
    payload, held = transfer.take(ctx, peer, msg)
    return _send(ctx, peer, transfer.request_of(payload, timeout_ns), held)


def send_data(ctx: Context, msg: MsgSendData) -> Sent:
    """Send bytes to a module of another chain. Raises: as `_destination`, BadTimeout, BadPayload, as `_send`."""
    peer = _destination(ctx, msg.destination)
    timeout_ns = ctx.block.time_ns + checked_timeout(msg.timeout)
    return _send(ctx, peer, application.request_of(msg, timeout_ns), Held(refund_address=msg.sender))


def send(ctx: Context, chain_id: str, request: Request, held: Held) -> Sent:
    """Send a request of our own. Raises: as `_destination` and `_send`."""
    return _send(ctx, _destination(ctx, chain_id), request, held)


def _send(ctx: Context, peer: Peer, request: Request, held: Held) -> Sent:
    """Append a request whose delivery is paid by whoever gets its refund. Raises: as `delivery_fees.escrow`."""
    fee = delivery_fees.escrow(ctx, peer, held.refund_address)
    return queues.send_request(ctx, peer, request, replace(held, delivery_fee=fee))


def _destination(ctx: Context, chain_id: str) -> Peer:
    """Return a peer that can be sent to. Raises: UnknownPeer, QueueFrozen, ClientExpired."""
    peer = peers.require_open(ctx, chain_id)
    if peers.needs_proof(peer):
        client.check_live(ctx, peer.chain_id, figures(ctx).client)
    return peer
