"""Peers: who is registered, with which keys, and whether its queue is open."""

from dataclasses import replace

from qos.base.blocktime import rfc3339
from qos.base.identifiers import is_chain_id
from qos.crypto import secp256k1
from qos.machine.context import Context
from qos.modules.crosschain.qcp import attestation
from qos.modules.crosschain.qcp.attestation import RelayGroup
from qos.modules.crosschain.qcp.errors import BadRegistration, QueueFrozen, QueuePaused, Reentered, UnknownPeer
from qos.modules.crosschain.qcp.packets import queue_id
from qos.modules.crosschain.qcp.params import Figures
from qos.modules.crosschain.qcp.state import (
    ACKNOWLEDGED,
    INBOX_SEQUENCE,
    OUTBOX_SEQUENCE,
    PEERS,
    PROVED_INBOX,
    RUNNING,
)
from qos.proto.records.qos_qcp_v1 import MsgRegisterChain, Peer, QueueState, TrustMode
from qos.store.access import Reads

FIRST_EPOCH = 1


def require(ctx: Reads, chain_id: str) -> Peer:
    """Return a peer. Raises: UnknownPeer."""
    return PEERS.require(ctx, chain_id, UnknownPeer)


def require_open(ctx: Reads, chain_id: str) -> Peer:
    """Return a peer whose queue is not frozen. Raises: UnknownPeer, QueueFrozen."""
    peer = require(ctx, chain_id)
    if peer.frozen_because:
        raise QueueFrozen(chain_id, peer.frozen_because)
    return peer


def require_receiving(ctx: Context, chain_id: str) -> Peer:
    """Return a peer whose packets are taken now. Raises: UnknownPeer, QueueFrozen, QueuePaused."""
    peer = require_open(ctx, chain_id)
    if peer.paused_until is not None and is_paused(ctx, peer):
        raise QueuePaused(f"deliveries from {chain_id} are paused until {rfc3339(peer.paused_until)}")
    return peer


def is_paused(ctx: Context, peer: Peer) -> bool:
    """Tell whether deliveries from a peer are stopped for a while; a pause ends by itself."""
    return peer.paused_until is not None and ctx.block.time_ns < peer.paused_until


def refuse_while_running(ctx: Reads) -> None:
    """Refuse what a payload must not reach (Q9). Raises: Reentered."""
    if RUNNING.get(ctx) is not None:
        raise Reentered("a payload is running: no receiving, freezing or client update now")


def needs_proof(peer: Peer) -> bool:
    """Tell whether a peer's packets count only with a proof under a header our light client accepted (Q10b)."""
    return peer.trust_mode == TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF


def sending_version(peer: Peer) -> int:
    """Return the version of what goes into the outbox now; the first until a switch."""
    return peer.sending_version or attestation.VERSION


def receiving_version(peer: Peer) -> int:
    """Return the version of what the inbox takes next; the first until a switch."""
    return peer.receiving_version or attestation.VERSION


def group_of(peer: Peer) -> RelayGroup:
    """Return the relays that may attest a peer's packets."""
    return RelayGroup(epoch=peer.epoch, keys=peer.relay_keys, struck=peer.struck_keys)


def queue_state(ctx: Reads, peer: Peer) -> QueueState:
    """Return how far both queues of a peer have come."""
    return QueueState(
        outbox=OUTBOX_SEQUENCE.get(ctx, peer.outgoing) or 0,
        inbox=INBOX_SEQUENCE.get(ctx, peer.incoming) or 0,
        acknowledged=ACKNOWLEDGED.get(ctx, peer.outgoing) or 0,
        proved=PROVED_INBOX.get(ctx, peer.outgoing) or 0,
    )


def proved_inbox(ctx: Reads, peer: Peer) -> int:
    """Return the highest of our sequences a peer is known to have received: by its packets or by anybody's proof."""
    return max(ACKNOWLEDGED.get(ctx, peer.outgoing) or 0, PROVED_INBOX.get(ctx, peer.outgoing) or 0)


def freeze(ctx: Context, peer: Peer, reason: str) -> Peer:
    """Close a queue until governance opens it again; nothing is lost. `reason` is at most 256 bytes."""
    frozen = replace(peer, frozen_because=reason, frozen_since=peer.frozen_since or ctx.block.time_ns)
    PEERS.set(ctx, peer.chain_id, frozen)
    ctx.emit("qcp_frozen", (("peer", peer.chain_id), ("reason", reason)), unindexed=("reason",))
    return frozen


def unfreeze(ctx: Context, peer: Peer) -> Peer:
    """Open a queue again."""
    opened = replace(peer, frozen_because="", frozen_since=None, paused_until=None)
    PEERS.set(ctx, peer.chain_id, opened)
    return opened


def pause(ctx: Context, peer: Peer, length_ns: int) -> Peer:
    """Stop deliveries for a while; a stop is never shortened."""
    until = max(ctx.block.time_ns + length_ns, peer.paused_until or 0)
    paused = replace(peer, paused_until=until)
    PEERS.set(ctx, peer.chain_id, paused)
    return paused


def strike(ctx: Context, peer: Peer, key: bytes) -> Peer:
    """Refuse a relay's signatures from now on; n stays (R3)."""
    struck = replace(peer, struck_keys=tuple(sorted({*peer.struck_keys, key})))
    PEERS.set(ctx, peer.chain_id, struck)
    return struck


def register(ctx: Context, msg: MsgRegisterChain, figures: Figures, allowed: frozenset[TrustMode]) -> Peer:
    """Add a peer with its queues. `allowed` are the trust modes of this chain (Q10). Raises: BadRegistration."""
    _check_registration(ctx, msg, figures, allowed)
    attestation.check_keys(msg.relay_keys, BadRegistration)
    _check_pausers(msg)
    here, there = (ctx.block.chain_id, msg.local_genesis_hash), (msg.chain_id, msg.genesis_hash)
    peer = Peer(
        chain_id=msg.chain_id,
        genesis_hash=msg.genesis_hash,
        registration=msg.registration,
        outgoing=queue_id(*here, *there, msg.registration),
        incoming=queue_id(*there, *here, msg.registration),
        trust_mode=msg.trust_mode,
        epoch=FIRST_EPOCH,
        relay_keys=msg.relay_keys,
        pausers=msg.pausers,
    )
    PEERS.set(ctx, peer.chain_id, peer)
    OUTBOX_SEQUENCE.set(ctx, peer.outgoing, 0)
    INBOX_SEQUENCE.set(ctx, peer.incoming, 0)
    return peer


def _check_registration(ctx: Context, msg: MsgRegisterChain, figures: Figures, allowed: frozenset[TrustMode]) -> None:
    if not is_chain_id(msg.chain_id) or msg.chain_id == ctx.block.chain_id:
        raise BadRegistration(f"{msg.chain_id!r} names no other chain")
    if PEERS.has(ctx, msg.chain_id):
        raise BadRegistration(f"{msg.chain_id} is registered already")
    if msg.dev and not figures.dev:
        raise BadRegistration("a chain on the embedded engine is a peer only where genesis says dev (N2)")
    if msg.registration < 1 or not any(msg.genesis_hash) or not any(msg.local_genesis_hash):
        raise BadRegistration("a registration counts from 1 and names the genesis of both chains")
    if msg.trust_mode not in allowed:
        raise BadRegistration(f"{msg.trust_mode.name} is not how this chain believes its peers (Q10)")


def _check_pausers(msg: MsgRegisterChain) -> None:
    if len(set(msg.pausers)) != len(msg.pausers) or not all(msg.pausers):
        raise BadRegistration("a pauser is listed twice or empty")
    relays = {secp256k1.address(key) for key in msg.relay_keys}
    if relays.intersection(msg.pausers):
        raise BadRegistration("a pauser is no relay (Q12)")
