"""Deliveries without relays (Q16): a packet that waited for more than 6 hours passes with its proof alone.

How long it waited is shown by the header that proves it: it was in the peer's outbox then already. The header must
be one our own light client accepted, so somebody has to give it one of that age first; and what arrives like this
uses a tenth of the limits.
"""

from qos.base.blocktime import SECOND_NS
from qos.machine.context import Context
from qos.modules.crosschain.qcp import client, inbox, peers, queues
from qos.modules.crosschain.qcp.attestation import MAX_BATCH
from qos.modules.crosschain.qcp.delivery import PACKET_GAS, PROOF_BYTE_GAS, PROOF_GAS, Proven, proven_bytes
from qos.modules.crosschain.qcp.errors import MalformedPacket, UnknownHeader
from qos.modules.crosschain.qcp.packets import packet_hash, read_packet
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.service_errors import NotWaited
from qos.modules.crosschain.qcp.types import Carriage, Payloads
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.qos_qcp_v1 import MsgReceiveProven, MsgReceiveProvenResponse, Peer

WAIT_NS = 6 * 3_600 * SECOND_NS
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
    """Return the packets of a delivery, in order from the next sequence on, once all are proven to have waited.

    Raises: OutOfGas before the work; ClientExpired, UnknownHeader, NotWaited, MalformedPacket, NotProven, and as
    `packets.read_packet`.
    """
    size = sum([len(each.store_proof) + len(each.chain_proof) for each in msg.packets])
    ctx.gas.consume((PACKET_GAS + PROOF_GAS) * len(msg.packets) + PROOF_BYTE_GAS * size)
    client.check_live(ctx, peer.chain_id, figures(ctx).client)
    header = _old_header(ctx, peer, msg.height)
    if not 1 <= len(msg.packets) <= MAX_BATCH:
        raise MalformedPacket(f"a delivery has 1 to {MAX_BATCH} packets")
    found = []
    for sequence, claimed in enumerate(msg.packets, queues.inbox(ctx, peer) + 1):
        data = proven_bytes(peer, claimed, sequence, header.app_hash)
        packet = read_packet(data, peer.incoming, sequence, msg.height, peers.receiving_version(peer))
        found.append(Proven(packet=packet, hash=packet_hash(data)))
    return tuple(found)


def _old_header(ctx: Context, peer: Peer, height: int) -> TrustedState:
    trusted = client.find(ctx, peer.chain_id, height)
    if trusted is None:
        raise UnknownHeader(peer.chain_id, height)
    waited_ns = ctx.block.time_ns - trusted.time
    if waited_ns <= WAIT_NS:
        raise NotWaited(
            f"the header shows packets that waited for {waited_ns // SECOND_NS} s; with proof alone they pass after "
            f"{WAIT_NS // SECOND_NS} s: bring relay signatures, or come again later"
        )
    return trusted
