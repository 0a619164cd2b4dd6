"""QCP in genesis."""

from collections.abc import Iterable
from functools import partial

from qos.base.errors import InvariantBroken
from qos.base.identifiers import is_chain_id, is_denom
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.crosschain.qcp import (
    checkpoints,
    delivery_fees,
    epochs,
    outstanding,
    params,
    peers,
    retired_genesis,
    waiting,
)
from qos.modules.crosschain.qcp.escrow import ESCROW_NAME
from qos.modules.crosschain.qcp.service_errors import BadParams
from qos.modules.crosschain.qcp.state import (
    ACKNOWLEDGED,
    BUCKETS,
    CLAIMS,
    CLIENTS,
    FAILING,
    FLOORS,
    HEADERS,
    INBOX_SEQUENCE,
    OUTBOX,
    OUTBOX_DUE,
    OUTBOX_SEQUENCE,
    OUTSTANDING,
    PARAMS,
    PEERS,
    PENDING,
    PROVED_INBOX,
    PRUNED,
    QUEUE_ID,
    RECEIPTS,
    RECEIPTS_DUE,
    REFUNDED,
    REGISTRATIONS,
    RELAY_PAUSES,
    RELEASES,
    RELEASES_DUE,
    SENT_ACK,
    VOUCHERS,
)
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import AssetBucket, Claim, GenesisState, OutboxRow, Peer, PeerGenesis, PruneMark
from qos.store.collections import Map
from qos.store.keys import TEXT

MAX_MISSING_BYTES = 40
"""What may be missing to a bucket: an amount of 256 bits for 24 hours, in nanoseconds."""


def load(ctx: Context, state: GenesisState, *, governed: bool) -> None:
    """Import figures, peers with their queues, vouchers and claims. Raises: BadGenesis."""
    try:
        params.check(state.params)
        params.check_authority(state.params, governed=governed)
    except BadParams as error:
        raise BadGenesis(str(error)) from None
    PARAMS.set(ctx, state.params)
    accounts.ensure_module_account(ctx, ESCROW_NAME)
    for each in state.peers:
        if PEERS.has(ctx, each.peer.chain_id):
            raise BadGenesis(f"qcp: peer {each.peer.chain_id} stands twice")
        _load_peer(ctx, each)
    retired_genesis.load(ctx, state.retired)
    for voucher in state.vouchers:
        if not is_denom(voucher.denom):
            raise BadGenesis(f"qcp: {voucher.denom[:128]!r} cannot name a voucher")
        VOUCHERS.set(ctx, voucher.denom, voucher)
    checkpoints.load(ctx, state.checkpoints, state.checkpoint_assets)
    delivery_fees.load(ctx, state.deposits)
    epochs.load_pending(ctx, state.pending_epochs)
    _check_amounts(claim.coin for claim in state.claims)
    for claim in state.claims:
        CLAIMS.set(ctx, (claim.owner, int(claim.burned), claim.coin.denom), claim.coin.amount)


def _load_peer(ctx: Context, state: PeerGenesis) -> None:
    peer, queue = state.peer, state.queue
    _check_peer(state)
    PEERS.set(ctx, peer.chain_id, peer)
    REGISTRATIONS.set(ctx, peer.chain_id, peer.registration)
    CLIENTS.set(ctx, peer.chain_id, state.client)
    for header in state.headers:
        HEADERS.set(ctx, (peer.chain_id, header.height), header)
    OUTBOX_SEQUENCE.set(ctx, peer.outgoing, queue.outbox)
    INBOX_SEQUENCE.set(ctx, peer.incoming, queue.inbox)
    if queue.acknowledged:
        ACKNOWLEDGED.set(ctx, peer.outgoing, queue.acknowledged)
    if queue.proved:
        PROVED_INBOX.set(ctx, peer.outgoing, queue.proved)
    for sequence, row in enumerate(state.outbox, start=state.outbox_pruned + 1):
        OUTBOX.set(ctx, (peer.outgoing, sequence), row.packet)
        if row.pending is not None:
            waiting.add(ctx, peer.outgoing, sequence, row.pending)
        if row.refunded:
            REFUNDED.set(ctx, (peer.outgoing, sequence), row.refunded)
    for sequence, receipt in enumerate(state.receipts, start=state.receipts_pruned + 1):
        RECEIPTS.set(ctx, (peer.incoming, sequence), receipt)
    for coin in state.outstanding:
        OUTSTANDING.set(ctx, (peer.outgoing, coin.denom), coin.amount)
    if state.relays_paused_at:
        RELAY_PAUSES.set(ctx, peer.incoming, state.relays_paused_at)
    _load_limits(ctx, state)
    _load_progress(ctx, state)


def _load_progress(ctx: Context, state: PeerGenesis) -> None:
    peer = state.peer
    for queue, pruned in ((peer.outgoing, state.outbox_pruned), (peer.incoming, state.receipts_pruned)):
        if pruned:
            PRUNED.set(ctx, queue, pruned)
    SENT_ACK.set(ctx, peer.outgoing, state.sent_ack)
    for mark in state.outbox_marks:
        OUTBOX_DUE.set(ctx, (mark.due, peer.outgoing), mark.last)
    for mark in state.receipts_marks:
        RECEIPTS_DUE.set(ctx, (mark.due, peer.incoming), mark.last)
    if state.failing:
        FAILING.set(ctx, peer.incoming, state.failing)


def _load_limits(ctx: Context, state: PeerGenesis) -> None:
    peer = state.peer
    for bucket in state.buckets:
        BUCKETS.set(ctx, (peer.incoming, bucket.denom), bucket.bucket)
    for floor in state.floors:
        FLOORS.set(ctx, (peer.incoming, floor.denom), floor.amount)
    for release in state.releases:
        RELEASES.set(ctx, (peer.incoming, release.sequence), release)
        RELEASES_DUE.add(ctx, (release.due, (peer.incoming, release.sequence)))


def _check_peer(state: PeerGenesis) -> None:
    peer, client = state.peer, state.client
    if not is_chain_id(peer.chain_id) or not 1 <= client.floor <= client.height:
        raise BadGenesis(f"qcp: {peer.chain_id[:40]!r} is no chain id, or its client trusts no height")
    if bool(peer.frozen_because) != (peer.frozen_since is not None):
        raise BadGenesis(f"qcp: {peer.chain_id} is frozen for a reason and since a time, or not at all")
    if any(header.height < 1 or header.chain_id != peer.chain_id for header in state.headers):
        raise BadGenesis(f"qcp: a header of {peer.chain_id} is of another chain or height")
    if any(not row.packet for row in state.outbox):
        raise BadGenesis(f"qcp: an outbox row to {peer.chain_id} is empty")
    if any(len(each.bucket.missing) > MAX_MISSING_BYTES for each in state.buckets):
        raise BadGenesis(f"qcp: a bucket of {peer.chain_id} misses more than any amount")
    if any(each.chain_id != peer.chain_id or not 0 < each.percent <= 100 for each in state.releases):
        raise BadGenesis(f"qcp: a release stands at {peer.chain_id} that did not come from there, or may use no limit")
    _check_amounts((*state.outstanding, *state.floors, *[each.coin for each in state.releases]))


def _check_amounts(coins: Iterable[Coin]) -> None:
    if any(coin.amount <= 0 or not is_denom(coin.denom) for coin in coins):
        raise BadGenesis("qcp: an amount is not a positive amount of an asset")


def dump(ctx: ReadContext) -> GenesisState:
    """Export everything."""
    params = PARAMS.require(ctx, lambda: InvariantBroken("qcp was not initialised"))
    return GenesisState(
        params=params,
        peers=tuple(_dump_peer(ctx, peer) for _, peer in PEERS.items(ctx)),
        retired=tuple(retired_genesis.dump(ctx)),
        vouchers=tuple(voucher for _, voucher in VOUCHERS.items(ctx)),
        checkpoints=tuple(checkpoints.heads(ctx)),
        checkpoint_assets=tuple(checkpoints.assets(ctx)),
        deposits=tuple(delivery_fees.listed(ctx)),
        pending_epochs=tuple(epochs.waiting_keys(ctx)),
        claims=tuple(
            Claim(owner=owner, coin=Coin(denom=denom, amount=amount), burned=bool(burned))
            for (owner, burned, denom), amount in CLAIMS.items(ctx)
        ),
    )


def _dump_peer(ctx: ReadContext, peer: Peer) -> PeerGenesis:
    outgoing, incoming = QUEUE_ID.encode(peer.outgoing), QUEUE_ID.encode(peer.incoming)
    rows = [
        OutboxRow(packet=encoded, pending=PENDING.get(ctx, key), refunded=REFUNDED.get(ctx, key) or b"")
        for key, encoded in OUTBOX.items(ctx, outgoing)
    ]
    return PeerGenesis(
        peer=peer,
        queue=peers.queue_state(ctx, peer),
        client=CLIENTS.require(ctx, peer.chain_id, lambda _: InvariantBroken("a peer has no light client")),
        headers=tuple(header for _, header in HEADERS.items(ctx, TEXT.encode(peer.chain_id))),
        outbox=tuple(rows),
        receipts=tuple(receipt for _, receipt in RECEIPTS.items(ctx, incoming)),
        outstanding=tuple(outstanding.listed(ctx, peer)),
        relays_paused_at=RELAY_PAUSES.get(ctx, peer.incoming) or 0,
        buckets=tuple(AssetBucket(denom=denom, bucket=bucket) for (_, denom), bucket in BUCKETS.items(ctx, incoming)),
        floors=tuple(Coin(denom=denom, amount=amount) for (_, denom), amount in FLOORS.items(ctx, incoming)),
        releases=tuple(release for _, release in RELEASES.items(ctx, incoming)),
        outbox_pruned=PRUNED.get(ctx, peer.outgoing) or 0,
        receipts_pruned=PRUNED.get(ctx, peer.incoming) or 0,
        sent_ack=SENT_ACK.get(ctx, peer.outgoing) or 0,
        outbox_marks=_marks(ctx, OUTBOX_DUE, peer.outgoing),
        receipts_marks=_marks(ctx, RECEIPTS_DUE, peer.incoming),
        failing=FAILING.get(ctx, peer.incoming) or 0,
    )


def _marks(ctx: ReadContext, marks: Map[tuple[int, bytes], int], queue: bytes) -> tuple[PruneMark, ...]:
    return tuple(PruneMark(due=due_ns, last=last) for (due_ns, each), last in marks.items(ctx) if each == queue)


def genesis(*, governed: bool) -> Genesis[GenesisState]:
    """Return how state is imported and exported; `governed` says that the chain has governance."""
    return Genesis(kind=GenesisState, load=partial(load, governed=governed), dump=dump)
