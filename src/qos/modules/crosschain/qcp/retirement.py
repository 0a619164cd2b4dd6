"""The end of a queue (Q8): final, by the authority, once it stood frozen for 30 days.

Then every request above the highest inbox sequence ever proved is refunded, a bounded number a block; what lies at or
below it counts as received and stays in escrow, like all that is out there. The queue ids never come back: the same
chain may be registered again under a higher number, once the old rows are cleared.
"""

from typing import Any

from qos.base.blocktime import DAY_NS, rfc3339
from qos.base.errors import InvariantBroken
from qos.machine.context import Context
from qos.modules.crosschain.qcp import client, peers, settlement, waiting
from qos.modules.crosschain.qcp.errors import BadRegistration, NotFrozen, TooSoon
from qos.modules.crosschain.qcp.params import Figures, require_authority
from qos.modules.crosschain.qcp.state import (
    BUCKETS,
    CHECKPOINT_ASSETS,
    CHECKPOINTS,
    CLIENTS,
    FLOORS,
    HEADERS,
    OUTBOX,
    PEERS,
    PENDING,
    QUEUE_ID,
    RECEIPTS,
    REFUNDED,
    REGISTRATIONS,
    RETIRED,
    SWEEPS,
)
from qos.proto.records.qos_qcp_v1 import (
    MsgDeclareGone,
    MsgDeclareGoneResponse,
    MsgRetireQueue,
    MsgRetireQueueResponse,
    Peer,
    Retired,
)
from qos.store.collections import Map
from qos.store.keys import TEXT

FROZEN_NS = 30 * DAY_NS
"""A constant: how long a queue must have been frozen before it can be retired."""
MAX_SWEPT = 500
"""Rows of retired queues refunded or cleared in one block."""
GONE = "declared gone by the authority"


def declare_gone(ctx: Context, msg: MsgDeclareGone) -> MsgDeclareGoneResponse:
    """Freeze a queue until the authority recovers or retires it. Raises: Reentered, NotAuthorized, UnknownPeer."""
    peers.refuse_while_running(ctx)
    require_authority(ctx, msg.authority)
    peer = peers.require(ctx, msg.chain_id)
    if not peer.frozen_because:
        peers.freeze(ctx, peer, GONE)
    return MsgDeclareGoneResponse()


def retire_queue(ctx: Context, msg: MsgRetireQueue) -> MsgRetireQueueResponse:
    """End a queue that was frozen for 30 days, or whose client was expired for so long; the authority alone may.

    Raises: Reentered, NotAuthorized, UnknownPeer, NotFrozen, TooSoon.
    """
    peers.refuse_while_running(ctx)
    figures = require_authority(ctx, msg.authority)
    peer = peers.require(ctx, msg.chain_id)
    since_ns = _frozen_since(ctx, peer, figures)
    if ctx.block.time_ns < since_ns + FROZEN_NS:
        raise TooSoon(
            f"the queue of {peer.chain_id} is frozen since {rfc3339(since_ns)}: "
            f"it can be retired from {rfc3339(since_ns + FROZEN_NS)}"
        )
    received = peers.proved_inbox(ctx, peer)
    RETIRED.set(ctx, peer.outgoing, Retired(peer=peer, received=received, time=ctx.block.time_ns))
    PEERS.delete(ctx, peer.chain_id)
    CLIENTS.delete(ctx, peer.chain_id)
    SWEEPS.add(ctx, peer.outgoing)
    ctx.emit("qcp_retired", (("peer", peer.chain_id), ("received", str(received))))
    return MsgRetireQueueResponse(received=received)


def _frozen_since(ctx: Context, peer: Peer, figures: Figures) -> int:
    if peer.frozen_since is not None:
        return peer.frozen_since
    expired_ns = client.require(ctx, peer.chain_id).time + figures.client.trusting_period_ns
    if not peers.needs_proof(peer) or ctx.block.time_ns < expired_ns:
        raise NotFrozen(f"the queue of {peer.chain_id} is not frozen: declare the chain gone first")
    return expired_ns


def check_number(ctx: Context, chain_id: str, number: int) -> None:
    """Take a registration number that was never used, once no row of the last one is left (Q1).

    Raises: BadRegistration.
    """
    last = REGISTRATIONS.get(ctx, chain_id) or 0
    if number <= last:
        raise BadRegistration(f"{chain_id} was registered under number {last} before: take a higher one on both chains")
    if next(HEADERS.items(ctx, TEXT.encode(chain_id), limit=1), None) is not None:
        raise BadRegistration(f"the rows of {chain_id}'s last registration are being cleared: try again in some blocks")
    REGISTRATIONS.set(ctx, chain_id, number)


def sweep(ctx: Context) -> None:
    """Refund what a retired queue never carried and clear its rows: a bounded number of one queue a block (V8)."""
    for outgoing in tuple(SWEEPS.keys(ctx, limit=1)):
        retired = RETIRED.require(ctx, outgoing, lambda _: InvariantBroken("a queue is cleared that was not retired"))
        left = MAX_SWEPT - _refund(ctx, retired, MAX_SWEPT)
        left -= _clear(ctx, retired.peer, left)
        if left:
            SWEEPS.delete(ctx, outgoing)


def _refund(ctx: Context, retired: Retired, most: int) -> int:
    outgoing = retired.peer.outgoing
    found = tuple(PENDING.items(ctx, QUEUE_ID.encode(outgoing), (outgoing, retired.received), most))
    for (_, sequence), pending in found:
        waiting.remove(ctx, outgoing, sequence, pending)
        settlement.refund(ctx, pending)
    return len(found)


def _clear(ctx: Context, peer: Peer, most: int) -> int:
    """Erase rows of a retired queue that nothing reads any more; headers last, see `check_number`."""
    outgoing, incoming = QUEUE_ID.encode(peer.outgoing), QUEUE_ID.encode(peer.incoming)
    tables: tuple[tuple[Map[Any, Any], bytes], ...] = (
        (OUTBOX, outgoing),
        (REFUNDED, outgoing),
        (RECEIPTS, incoming),
        (BUCKETS, incoming),
        (FLOORS, incoming),
        (CHECKPOINTS, TEXT.encode(peer.chain_id)),
        (CHECKPOINT_ASSETS, TEXT.encode(peer.chain_id)),
        (HEADERS, TEXT.encode(peer.chain_id)),
    )
    cleared = 0
    for rows, within in tables:
        for key in tuple(rows.raw_keys(ctx, within, most - cleared)):
            ctx.erase(rows.store, key)
            cleared += 1
    return cleared
