"""Retired queues in genesis: what is still owed by them. Rows that only waited to be cleared are left behind."""

from collections.abc import Iterator, Sequence

from qos.base.identifiers import is_denom
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.modules.crosschain.qcp import outstanding, peers, waiting
from qos.modules.crosschain.qcp.state import (
    ACKNOWLEDGED,
    INBOX_SEQUENCE,
    OUTBOX_SEQUENCE,
    OUTSTANDING,
    PENDING,
    PROVED_INBOX,
    QUEUE_ID,
    REGISTRATIONS,
    RELEASES,
    RELEASES_DUE,
    RETIRED,
    SWEEPS,
)
from qos.proto.records.qos_qcp_v1 import QueueState, RetiredGenesis, WaitingRequest


def load(ctx: Context, states: Sequence[RetiredGenesis]) -> None:
    """Import what queues that ended still owe. Raises: BadGenesis."""
    for state in states:
        peer = state.retired.peer
        if RETIRED.has(ctx, peer.outgoing):
            raise BadGenesis(f"qcp: a retired queue of {peer.chain_id[:40]!r} stands twice")
        coins = (*state.outstanding, *[each.coin for each in state.releases])
        if any(coin.amount <= 0 or not is_denom(coin.denom) for coin in coins):
            raise BadGenesis("qcp: an amount is not a positive amount of an asset")
        RETIRED.set(ctx, peer.outgoing, state.retired)
        _load_rest(ctx, state)


def _load_rest(ctx: Context, state: RetiredGenesis) -> None:
    peer, queue = state.retired.peer, state.queue
    last = REGISTRATIONS.get(ctx, peer.chain_id) or 0
    REGISTRATIONS.set(ctx, peer.chain_id, max(last, peer.registration))
    _load_counters(ctx, peer.outgoing, peer.incoming, queue)
    for coin in state.outstanding:
        OUTSTANDING.set(ctx, (peer.outgoing, coin.denom), coin.amount)
    for request in state.waiting:
        waiting.add(ctx, peer.outgoing, request.sequence, request.pending)
        if request.sequence > state.retired.received:
            SWEEPS.add(ctx, peer.outgoing)
    for release in state.releases:
        RELEASES.set(ctx, (peer.incoming, release.sequence), release)
        RELEASES_DUE.add(ctx, (release.due, (peer.incoming, release.sequence)))


def _load_counters(ctx: Context, outgoing: bytes, incoming: bytes, queue: QueueState) -> None:
    OUTBOX_SEQUENCE.set(ctx, outgoing, queue.outbox)
    INBOX_SEQUENCE.set(ctx, incoming, queue.inbox)
    if queue.acknowledged:
        ACKNOWLEDGED.set(ctx, outgoing, queue.acknowledged)
    if queue.proved:
        PROVED_INBOX.set(ctx, outgoing, queue.proved)


def dump(ctx: ReadContext) -> Iterator[RetiredGenesis]:
    """Export what queues that ended still owe."""
    for outgoing, retired in RETIRED.items(ctx):
        peer = retired.peer
        yield RetiredGenesis(
            retired=retired,
            queue=peers.queue_state(ctx, peer),
            waiting=tuple(
                WaitingRequest(sequence=sequence, pending=pending)
                for (_, sequence), pending in PENDING.items(ctx, QUEUE_ID.encode(outgoing))
            ),
            outstanding=tuple(outstanding.listed(ctx, peer)),
            releases=tuple(release for _, release in RELEASES.items(ctx, QUEUE_ID.encode(peer.incoming))),
        )
