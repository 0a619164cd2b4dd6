"""What queues may forget (Q17): packets the peer acknowledged 7 days ago, receipts of 30 days ago.

When something may go is marked by the hour, never earlier than its time, so a queue has few marks; each block removes a
bounded number of rows. A request that still waits for its result, or a refund that waits for its late result, keeps its
row and all behind it.
"""

from typing import Any

from qos.base.blocktime import HOUR_NS
from qos.machine.context import Context
from qos.modules.crosschain.qcp import queues
from qos.modules.crosschain.qcp.state import (
    OUTBOX,
    OUTBOX_DUE,
    PENDING,
    PRUNED,
    QUEUE_ID,
    RECEIPTS,
    RECEIPTS_DUE,
    REFUNDED,
    SENT_ACK,
)
from qos.proto.records.qos_qcp_v1 import Peer
from qos.store.collections import Map

OUTBOX_KEPT_NS = 7 * 24 * HOUR_NS
RECEIPTS_KEPT_NS = 30 * 24 * HOUR_NS
MAX_PRUNED = 1_000
"""Rows removed in one block."""
ACK_EVERY = 500
"""So many received packets the peer has not heard of let an empty packet go that says so."""


def received(ctx: Context, peer: Peer, sequence: int) -> None:
    """Mark the receipts up to a sequence, and tell the peer when it has not heard of so many."""
    _mark(ctx, RECEIPTS_DUE, peer.incoming, sequence, RECEIPTS_KEPT_NS)
    if sequence - (SENT_ACK.get(ctx, peer.outgoing) or 0) >= ACK_EVERY:
        queues.send_acknowledgement(ctx, peer)


def acknowledged(ctx: Context, peer: Peer, sequence: int) -> None:
    """Mark the packets a peer has received."""
    _mark(ctx, OUTBOX_DUE, peer.outgoing, sequence, OUTBOX_KEPT_NS)


def _mark(ctx: Context, marks: Map[tuple[int, bytes], int], queue: bytes, last: int, kept_ns: int) -> None:
    due_ns = ctx.block.time_ns + kept_ns
    # Up to the full hour, so that nothing goes before its time.
    key = (due_ns + -due_ns % HOUR_NS, queue)
    marks.set(ctx, key, max(last, marks.get(ctx, key) or 0))


def prune(ctx: Context) -> None:
    """Remove rows whose time has come: a bounded number a block, never a scan of what stays."""
    left = MAX_PRUNED
    while left > 0:
        steps = _prune_next(ctx, OUTBOX_DUE, OUTBOX, left) or _prune_next(ctx, RECEIPTS_DUE, RECEIPTS, left)
        if not steps:
            return
        left -= steps


def _prune_next(ctx: Context, marks: Map[tuple[int, bytes], int], rows: Map[tuple[bytes, int], Any], most: int) -> int:
    """Work off the first mark that is due; returns the steps it took, 0 when none is due."""
    mark = next(iter(marks.items(ctx, limit=1)), None)
    if mark is None or mark[0][0] > ctx.block.time_ns:
        return 0
    (due_ns, queue), last = mark
    first = (PRUNED.get(ctx, queue) or 0) + 1
    settled = min(last, _first_unsettled(ctx, queue, last + 1) - 1)
    end = min(settled, first + most - 1)
    for sequence in range(first, end + 1):
        rows.delete(ctx, (queue, sequence))
    if end >= first:
        PRUNED.set(ctx, queue, end)
    if end >= settled:
        marks.delete(ctx, (due_ns, queue))
        if settled < last:
            _mark(ctx, marks, queue, last, HOUR_NS)
    return max(end - first + 1, 1)


def _first_unsettled(ctx: Context, queue: bytes, default: int) -> int:
    """Return the first sequence of a queue that waits for its result; incoming queues have none."""
    within = QUEUE_ID.encode(queue)
    pending = (sequence for (_, sequence), _ in PENDING.items(ctx, within, limit=1))
    refunded = (sequence for (_, sequence), _ in REFUNDED.items(ctx, within, limit=1))
    return min(default, next(pending, default), next(refunded, default))
