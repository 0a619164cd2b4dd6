"""Deliveries without relays (Q16): once the oldest packet has waited for more than 6 hours, proofs alone suffice.

How long it waited is shown by a header above the block that holds it: that block cannot be younger. Our own light
client must have accepted the header, so somebody gives it one of that age first; the proofs may be under any header,
since nodes do not keep states for so long. What arrives like this uses a tenth of the limits.
"""

from qos.base.blocktime import HOUR_NS, SECOND_NS
from qos.machine.context import Context
from qos.modules.crosschain.qcp import client, inbox, peers, queues
from qos.modules.crosschain.qcp.attestation import MAX_BATCH
from qos.modules.crosschain.qcp.delivery import PACKET_GAS, PROOF_BYTE_GAS, PROOF_GAS, Proven, proven_bytes
from qos.modules.crosschain.qcp.errors import UnknownHeader
from qos.modules.crosschain.qcp.packet_errors import MalformedPacket
from qos.modules.crosschain.qcp.packets import packet_hash, read_packet
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.service_errors import NotWaited
from qos.modules.crosschain.qcp.types import Carriage, Payloads
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.qos_qcp_v1 import MsgReceiveProven, MsgReceiveProvenResponse, Packet, Peer

WAIT_NS = 6 * HOUR_NS
LIMIT_PERCENT = 10
"""How much of the limits packets use that no relay attested."""


def receive_proven(ctx: Context, msg: MsgReceiveProven, payloads: Payloads) -> MsgReceiveProvenResponse:
    """Take packets in order that waited for more than 6 hours; anybody may bring them, nobody has to sign.

    Raises: Reentered, UnknownPeer, QueueFrozen, QueuePaused, and as `waited_packets` and `inbox.consume`.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require_receiving(ctx, msg.source)
    packets = waited_packets(ctx, peer, msg)
    carriage = Carriage(submitter=msg.submitter, payloads=payloads, limit_percent=LIMIT_PERCENT)
    return MsgReceiveProvenResponse(inbox=inbox.consume(ctx, peer, packets, carriage))


def waited_packets(ctx: Context, peer: Peer, msg: MsgReceiveProven) -> tuple[Proven, ...]:
    """Return the packets of a delivery, in order from the next sequence on: all proven, the first to have waited.

    Raises: OutOfGas before the work; ClientExpired, UnknownHeader, NotWaited, MalformedPacket, NotProven, and as
    `packets.read_packet`.
    """
    size = sum([len(each.store_proof) + len(each.chain_proof) for each in msg.packets])
    ctx.gas.consume((PACKET_GAS + PROOF_GAS) * len(msg.packets) + PROOF_BYTE_GAS * size)
    client.check_live(ctx, peer.chain_id, figures(ctx).client)
    header = _accepted(ctx, peer, msg.height)
    if not 1 <= len(msg.packets) <= MAX_BATCH:
        raise MalformedPacket(f"a delivery has 1 to {MAX_BATCH} packets")
    found = []
    for sequence, claimed in enumerate(msg.packets, queues.inbox(ctx, peer) + 1):
        data = proven_bytes(peer, claimed, sequence, header.app_hash)
        packet = read_packet(data, peer.incoming, sequence, msg.height, peers.receiving_version(peer))
        found.append(Proven(packet=packet, hash=packet_hash(data)))
    check_waited(ctx, _accepted(ctx, peer, msg.waited_height), found[0].packet)
    return tuple(found)


def _accepted(ctx: Context, peer: Peer, height: int) -> TrustedState:
    trusted = client.find(ctx, peer.chain_id, height)
    if trusted is None:
        raise UnknownHeader(peer.chain_id, height)
    return trusted


def check_waited(ctx: Context, header: TrustedState, packet: Packet) -> None:
    """Refuse a packet that no header shows to have waited for more than 6 hours. Raises: NotWaited."""
    if header.height <= packet.source_height:
        raise NotWaited(f"packet {packet.sequence} is of height {packet.source_height}: give a header above it")
    waited_ns = ctx.block.time_ns - header.time
    if waited_ns <= WAIT_NS:
        raise NotWaited(
            f"packet {packet.sequence} is shown to have waited for {waited_ns // SECOND_NS} s; "
            f"without relays it passes after {WAIT_NS // SECOND_NS} s"
        )
