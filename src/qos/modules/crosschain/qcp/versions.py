"""Protocol versions of a queue (Q17): offered, acknowledged, switched by a packet of its own.

A chain first offers a version by a request; the peer's result says whether it takes it. Only then may the authority
switch: the switch is the last packet of the old version, what was sent before it finishes under the old rules, and
everything behind it is of the new version or refused. Each direction has its own.
"""

from dataclasses import replace

from qos.machine.context import Context
from qos.modules.crosschain.qcp import operations, peers, queues
from qos.modules.crosschain.qcp.errors import VersionNotAcknowledged, WrongVersion
from qos.modules.crosschain.qcp.packets import DEFAULT_TIMEOUT_NS
from qos.modules.crosschain.qcp.params import require_authority
from qos.modules.crosschain.qcp.state import PEERS
from qos.modules.crosschain.qcp.types import Delivered, Held, Request
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    MsgOfferVersion,
    MsgOfferVersionResponse,
    MsgSwitchVersion,
    MsgSwitchVersionResponse,
    Packet,
    Peer,
    VersionOffer,
)

PAYLOAD_TYPE = "version"
PAYLOAD_GAS = 20_000


def offer_version(ctx: Context, msg: MsgOfferVersion, spoken: frozenset[int]) -> MsgOfferVersionResponse:
    """Ask a peer whether it takes a version. The authority alone may.

    Raises: Reentered, NotAuthorized, WrongVersion when it is not spoken here, and as `operations.send`.
    """
    peers.refuse_while_running(ctx)
    require_authority(ctx, msg.authority)
    _check_spoken(msg.version, spoken)
    request = Request(
        payload_type=PAYLOAD_TYPE,
        payload=codec.encode(VersionOffer(version=msg.version)),
        gas=PAYLOAD_GAS,
        timeout_ns=ctx.block.time_ns + DEFAULT_TIMEOUT_NS,
    )
    held = Held(refund_address=msg.authority, version=msg.version)
    sent = operations.send(ctx, msg.chain_id, request, held)
    return MsgOfferVersionResponse(sequence=sent.packet.sequence)


def receive_offer(ctx: Context, delivered: Delivered, spoken: frozenset[int]) -> bytes:
    """Take a version that is spoken here. Raises: MalformedBytes, WrongVersion."""
    version = codec.decode(VersionOffer, delivered.packet.payload).version
    _check_spoken(version, spoken)
    peer = peers.require(ctx, delivered.peer.chain_id)
    PEERS.set(ctx, peer.chain_id, replace(peer, taken_version=max(peer.taken_version, version)))
    return b""


def acknowledge(ctx: Context, chain_id: str, version: int) -> None:
    """Note that a peer takes a version we offered."""
    peer = peers.require(ctx, chain_id)
    PEERS.set(ctx, chain_id, replace(peer, acknowledged_version=max(peer.acknowledged_version, version)))


def switch_version(ctx: Context, msg: MsgSwitchVersion, spoken: frozenset[int]) -> MsgSwitchVersionResponse:
    """Send everything behind this packet under a later version. The authority alone may.

    Raises: Reentered, NotAuthorized, UnknownPeer, QueueFrozen, WrongVersion, VersionNotAcknowledged.
    """
    peers.refuse_while_running(ctx)
    require_authority(ctx, msg.authority)
    peer = peers.require_open(ctx, msg.chain_id)
    _check_spoken(msg.version, spoken)
    if msg.version <= peers.sending_version(peer):
        raise WrongVersion(f"{peers.sending_version(peer)} is spoken to {peer.chain_id}, a switch goes to a later one")
    if msg.version > peer.acknowledged_version:
        raise VersionNotAcknowledged(
            f"{peer.chain_id} has not acknowledged version {msg.version}: offer it and wait for the result"
        )
    sent = queues.send_switch(ctx, peer, codec.encode(VersionOffer(version=msg.version)))
    PEERS.set(ctx, peer.chain_id, replace(peer, sending_version=msg.version))
    return MsgSwitchVersionResponse(sequence=sent.packet.sequence)


def switch(ctx: Context, peer: Peer, packet: Packet) -> None:
    """Read everything behind this packet under a later version. Raises: MalformedBytes, WrongVersion."""
    version = codec.decode(VersionOffer, packet.payload).version
    if not peers.receiving_version(peer) < version <= peer.taken_version:
        raise WrongVersion(f"version {version} is not one this chain took after {peers.receiving_version(peer)}")
    PEERS.set(ctx, peer.chain_id, replace(peers.require(ctx, peer.chain_id), receiving_version=version))


def _check_spoken(version: int, spoken: frozenset[int]) -> None:
    if version not in spoken:
        raise WrongVersion(f"version {version} is not spoken here, only {', '.join(map(str, sorted(spoken)))}")
