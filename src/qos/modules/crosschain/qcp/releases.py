"""What came above its limit waits here for up to 24 hours (Q14); the queue it came by never waits.

It is paid when the bucket allows and somebody asks, or by itself when its time has come; not while the queue it came by
is frozen or paused. While the queue is frozen the authority may cancel it: then what is ours is out at the peer again.
"""

from qos.base.blocktime import HOUR_NS, rfc3339
from qos.base.identifiers import Address
from qos.machine.context import Context, ReadContext
from qos.modules.crosschain.qcp import escrow, limits, outstanding, peers, settlement
from qos.modules.crosschain.qcp.errors import NotFrozen
from qos.modules.crosschain.qcp.packet_errors import ReleaseWaits, UnknownRelease
from qos.modules.crosschain.qcp.params import require_authority
from qos.modules.crosschain.qcp.state import PEERS, RELEASES, RELEASES_DUE
from qos.modules.crosschain.qcp.types import Delivered, Held
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    MsgCancelRelease,
    MsgCancelReleaseResponse,
    MsgClaimRelease,
    MsgClaimReleaseResponse,
    Peer,
    Release,
)

MAX_DUE = 100
"""Releases paid by themselves in one block."""
RETRY_NS = HOUR_NS
"""How long one that fell due under a frozen or paused queue waits for its next try."""


def pay(ctx: Context, delivered: Delivered, recipient: Address, coin: Coin, *, minted: bool) -> None:
    """Pay what arrived, or hold it back when it exceeds the limit. Raises: AssetPaused, AmountTooLarge."""
    peer, sequence = delivered.peer, delivered.packet.sequence
    if limits.take(ctx, peer, coin, percent=delivered.limit_percent):
        escrow.give(ctx, Held(refund_address=recipient, coin=coin, burned=minted))
        return
    due_ns = ctx.block.time_ns + limits.REFILL_NS
    release = Release(
        chain_id=peer.chain_id,
        sequence=sequence,
        recipient=recipient,
        coin=coin,
        minted=minted,
        due=due_ns,
        percent=delivered.limit_percent,
    )
    RELEASES.set(ctx, (peer.incoming, sequence), release)
    RELEASES_DUE.add(ctx, (due_ns, (peer.incoming, sequence)))
    attributes = (("from", peer.chain_id), ("sequence", str(sequence)), ("due", rfc3339(due_ns)))
    ctx.emit("qcp_held", attributes, unindexed=("due",))


def claim_release(ctx: Context, msg: MsgClaimRelease) -> MsgClaimReleaseResponse:
    """Pay what was held back once the bucket allows it or its time has come; anybody may ask.

    Raises: Reentered, UnknownPeer, QueueFrozen, QueuePaused, UnknownRelease, ReleaseWaits.
    """
    peers.refuse_while_running(ctx)
    peer = peers.require_receiving(ctx, msg.chain_id)
    release = _require(ctx, peer, msg.sequence)
    if ctx.block.time_ns < release.due and not limits.take(ctx, peer, release.coin, percent=release.percent):
        raise ReleaseWaits(f"{release.coin.amount}{release.coin.denom} is above the limit until {rfc3339(release.due)}")
    _finish(ctx, peer.incoming, release)
    return MsgClaimReleaseResponse()


def cancel_release(ctx: Context, msg: MsgCancelRelease) -> MsgCancelReleaseResponse:
    """Forget what was held back, while the queue it came by is frozen; the authority alone may.

    Raises: Reentered, NotAuthorized, UnknownPeer, NotFrozen, UnknownRelease.
    """
    peers.refuse_while_running(ctx)
    require_authority(ctx, msg.authority)
    peer = peers.require(ctx, msg.chain_id)
    if not peer.frozen_because:
        raise NotFrozen(f"the queue of {peer.chain_id} is not frozen: what it brought is paid when due")
    release = _require(ctx, peer, msg.sequence)
    RELEASES.delete(ctx, (peer.incoming, msg.sequence))
    if not release.minted:
        outstanding.confirmed(ctx, peer, release.coin)
    return MsgCancelReleaseResponse()


def pay_due(ctx: Context) -> None:
    """Pay a bounded number of releases whose time has come (V8)."""
    for key in tuple(RELEASES_DUE.keys(ctx, limit=MAX_DUE)):
        due_ns, (incoming, sequence) = key
        if due_ns > ctx.block.time_ns:
            return
        RELEASES_DUE.delete(ctx, key)
        release = RELEASES.get(ctx, (incoming, sequence))
        if release is None:
            continue
        if _stopped(ctx, incoming, release.chain_id):
            RELEASES_DUE.add(ctx, (ctx.block.time_ns + RETRY_NS, (incoming, sequence)))
        else:
            _finish(ctx, incoming, release)


def payable_at(ctx: ReadContext, peer: Peer, release: Release) -> int:
    """Return the block time from which a release can be claimed if nothing else comes."""
    free_in_ns = limits.free_in_ns(ctx, peer, release.coin, percent=release.percent)
    if free_in_ns is None:
        return release.due
    return min(release.due, ctx.block.time_ns + free_in_ns)


def _stopped(ctx: Context, incoming: bytes, chain_id: str) -> bool:
    """Tell whether a queue is frozen or paused now; one that was retired is not any more."""
    peer = PEERS.get(ctx, chain_id)
    if peer is None or peer.incoming != incoming:
        return False
    return bool(peer.frozen_because) or peers.is_paused(ctx, peer)


def _require(ctx: Context, peer: Peer, sequence: int) -> Release:
    return RELEASES.require(ctx, (peer.incoming, sequence), lambda _: UnknownRelease(peer.chain_id, sequence))


def _finish(ctx: Context, incoming: bytes, release: Release) -> None:
    RELEASES.delete(ctx, (incoming, release.sequence))
    settlement.pay(ctx, Held(refund_address=release.recipient, coin=release.coin, burned=release.minted))
    attributes = (("from", release.chain_id), ("sequence", str(release.sequence)))
    ctx.emit("qcp_released", attributes)
