"""The two queues of a peer: appending to the outbox, advancing the inbox (Q1-Q3)."""

from dataclasses import replace

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.crosschain.qcp import peers, waiting
from qos.modules.crosschain.qcp.packet_errors import BadPayload
from qos.modules.crosschain.qcp.packets import (
    MAX_PAYLOAD_BYTES,
    MAX_PAYLOAD_GAS,
    MAX_PAYLOAD_TYPE_BYTES,
    RESULT_TYPE,
    packet_hash,
    payload_hash,
)
from qos.modules.crosschain.qcp.state import INBOX_SEQUENCE, OUTBOX, OUTBOX_SEQUENCE, RECEIPTS, SENT_ACK
from qos.modules.crosschain.qcp.types import Held, Request, Sent
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet, PacketKind, PacketResult, Peer, Pending, Receipt


def send_request(ctx: Context, peer: Peer, request: Request, held: Held) -> Sent:
    """Append a request with the record of what it holds.

    Raises: BadPayload above a limit of the version (Q2), TooManyWaiting (Q14).
    """
    if not request.payload_type or len(request.payload_type.encode()) > MAX_PAYLOAD_TYPE_BYTES:
        raise BadPayload(f"a payload type has 1 to {MAX_PAYLOAD_TYPE_BYTES} bytes")
    if len(request.payload) > MAX_PAYLOAD_BYTES:
        raise BadPayload(f"payload has {len(request.payload)} bytes, at most {MAX_PAYLOAD_BYTES} may travel")
    if not 0 < request.gas <= MAX_PAYLOAD_GAS:
        raise BadPayload(f"payload gas {request.gas} is not within 1 and {MAX_PAYLOAD_GAS}")
    sequence = _next_sequence(ctx, peer)
    packet = Packet(
        version=peers.sending_version(peer),
        queue_id=peer.outgoing,
        sequence=sequence,
        kind=PacketKind.PACKET_KIND_REQUEST,
        source_height=ctx.block.height,
        timeout=request.timeout_ns,
        payload_gas=request.gas,
        ack=inbox(ctx, peer),
        payload_type=request.payload_type,
        payload=request.payload,
    )
    pending = Pending(
        payload_hash=payload_hash(request.payload_type, request.payload),
        refund_address=held.refund_address,
        coin=held.coin,
        burned=held.burned,
        delivery_fee=held.delivery_fee,
        version=held.version,
    )
    waiting.check_room(ctx, peer, pending)
    waiting.add(ctx, peer.outgoing, sequence, pending)
    return _append(ctx, peer, packet)


def send_result(ctx: Context, peer: Peer, request: Packet, code: int, data: bytes, deliverer: Address) -> Sent:
    """Append the one result of a request we consumed; results have no result (Q5)."""
    result = PacketResult(
        request_sequence=request.sequence,
        code=code,
        data=data,
        payload_hash=payload_hash(request.payload_type, request.payload),
        deliverer=deliverer,
    )
    packet = Packet(
        version=peers.sending_version(peer),
        queue_id=peer.outgoing,
        sequence=_next_sequence(ctx, peer),
        kind=PacketKind.PACKET_KIND_RESULT,
        request_sequence=request.sequence,
        source_height=ctx.block.height,
        timeout=0,
        ack=inbox(ctx, peer),
        payload_type=RESULT_TYPE,
        payload=codec.encode(result),
    )
    return _append(ctx, peer, packet)


def send_acknowledgement(ctx: Context, peer: Peer) -> Sent:
    """Append a packet that says only how far we have received; it has no result (Q17)."""
    return _append(ctx, peer, _bare(ctx, peer, PacketKind.PACKET_KIND_ACKNOWLEDGEMENT))


def send_switch(ctx: Context, peer: Peer, offer: bytes) -> Sent:
    """Append the last packet of the version spoken so far; it has no result (Q17)."""
    return _append(ctx, peer, replace(_bare(ctx, peer, PacketKind.PACKET_KIND_SWITCH), payload=offer))


def _bare(ctx: Context, peer: Peer, kind: PacketKind) -> Packet:
    return Packet(
        version=peers.sending_version(peer),
        queue_id=peer.outgoing,
        sequence=_next_sequence(ctx, peer),
        kind=kind,
        source_height=ctx.block.height,
        timeout=0,
        ack=inbox(ctx, peer),
    )


def inbox(ctx: Context, peer: Peer) -> int:
    """Return the last sequence received from a peer."""
    return INBOX_SEQUENCE.get(ctx, peer.incoming) or 0


def advance(ctx: Context, peer: Peer, sequence: int, receipt: Receipt) -> None:
    """Count a packet as received, with what became of it."""
    INBOX_SEQUENCE.set(ctx, peer.incoming, sequence)
    RECEIPTS.set(ctx, (peer.incoming, sequence), receipt)


def _next_sequence(ctx: Context, peer: Peer) -> int:
    return (OUTBOX_SEQUENCE.get(ctx, peer.outgoing) or 0) + 1


def _append(ctx: Context, peer: Peer, packet: Packet) -> Sent:
    encoded = codec.encode(packet)
    named = packet_hash(encoded)
    OUTBOX_SEQUENCE.set(ctx, peer.outgoing, packet.sequence)
    OUTBOX.set(ctx, (peer.outgoing, packet.sequence), encoded)
    SENT_ACK.set(ctx, peer.outgoing, packet.ack)
    attributes = (
        ("to", peer.chain_id),
        ("from", ctx.block.chain_id),
        ("sequence", str(packet.sequence)),
        ("hash", named.hex()),
    )
    ctx.emit("qcp", attributes)
    return Sent(packet=packet, hash=named)
