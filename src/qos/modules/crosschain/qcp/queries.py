"""Reading QCP: all that relays, wallets and `qos qcp trace` need."""

from itertools import islice

from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.modules.crosschain.qcp import client, delivery_fees, limits, outstanding, peers, releases
from qos.modules.crosschain.qcp.attestation import MAX_BATCH, quorum
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.state import (
    CLAIMS,
    OUTBOX,
    PEERS,
    PENDING,
    PENDING_EPOCHS,
    QUEUE_ID,
    RECEIPTS,
    RELEASES,
    RETIRED,
    VOUCHERS,
    WAITING,
    WAITING_OF,
)
from qos.proto import codec
from qos.proto.records import qos_qcp_v1 as wire
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.keys import ADDRESS


def params(ctx: ReadContext, request: wire.QueryParamsRequest) -> wire.QueryParamsResponse:
    """Return the figures of this chain, defaults filled in."""
    del request
    found = figures(ctx)
    shown = wire.Params(
        authority=found.authority,
        dev=found.dev,
        trusting_period=found.client.trusting_period_ns,
        clock_drift=found.client.clock_drift_ns,
        pause=found.pause_ns,
        delivery_quote=found.delivery_quote,
        limits=found.limits,
    )
    return wire.QueryParamsResponse(params=shown)


def list_peers(ctx: ReadContext, request: wire.QueryPeersRequest) -> wire.QueryPeersResponse:
    """Return all peers."""
    page = page_of(ctx, PEERS, request.pagination)
    return wire.QueryPeersResponse(peers=tuple(peer for _, peer in page.entries), pagination=page.response)


def peer(ctx: ReadContext, request: wire.QueryPeerRequest) -> wire.QueryPeerResponse:
    """Return one peer. Raises: UnknownPeer."""
    return wire.QueryPeerResponse(peer=peers.require(ctx, request.chain_id))


def epoch(ctx: ReadContext, request: wire.QueryEpochRequest) -> wire.QueryEpochResponse:
    """Return the relay keys of a peer that count now, and those that will. Raises: UnknownPeer."""
    found = peers.require(ctx, request.chain_id)
    return wire.QueryEpochResponse(
        epoch=found.epoch,
        relay_keys=found.relay_keys,
        struck_keys=found.struck_keys,
        quorum=quorum(len(found.relay_keys)),
        pending=PENDING_EPOCHS.get(ctx, found.incoming),
    )


def delivery_fee(ctx: ReadContext, request: wire.QueryDeliveryFeeRequest) -> wire.QueryDeliveryFeeResponse:
    """Return what sending a request to a peer costs for its delivery. Raises: UnknownPeer."""
    found = peers.require(ctx, request.chain_id)
    return wire.QueryDeliveryFeeResponse(
        fee=delivery_fees.due(ctx, found), undelivered=delivery_fees.undelivered(ctx, found)
    )


def deposits(ctx: ReadContext, request: wire.QueryDepositsRequest) -> wire.QueryDepositsResponse:
    """Return what is put down for the deliveries of a peer's requests. Raises: UnknownPeer."""
    found = peers.require(ctx, request.chain_id)
    return wire.QueryDepositsResponse(deposits=tuple(islice(delivery_fees.listed(ctx, found.chain_id), MAX_BATCH)))


def queue(ctx: ReadContext, request: wire.QueryQueueRequest) -> wire.QueryQueueResponse:
    """Return how far both queues of a peer have come. Raises: UnknownPeer."""
    found = peers.require(ctx, request.chain_id)
    state = peers.queue_state(ctx, found)
    return wire.QueryQueueResponse(queue=state, outgoing=found.outgoing, incoming=found.incoming)


def packet(ctx: ReadContext, request: wire.QueryPacketRequest) -> wire.QueryPacketResponse:
    """Return one packet we sent. Raises: UnknownPeer, KeyNotFound."""
    key = (peers.require(ctx, request.chain_id).outgoing, request.sequence)
    encoded = OUTBOX.get(ctx, key)
    if encoded is None:
        raise KeyNotFound(
            f"no packet {request.sequence} to {request.chain_id} is kept: it was not sent, or is forgotten"
        )
    return wire.QueryPacketResponse(
        packet=codec.decode(wire.Packet, encoded), hash=packet_hash(encoded), pending=PENDING.get(ctx, key)
    )


def packets(ctx: ReadContext, request: wire.QueryPacketsRequest) -> wire.QueryPacketsResponse:
    """Return packets we sent, from a sequence on. Raises: UnknownPeer."""
    outgoing = peers.require(ctx, request.chain_id).outgoing
    after = (outgoing, max(request.from_sequence, 1) - 1)
    limit = min(request.limit or MAX_BATCH, MAX_BATCH)
    found = OUTBOX.items(ctx, QUEUE_ID.encode(outgoing), start_after=after, limit=limit)
    return wire.QueryPacketsResponse(packets=tuple(encoded for _, encoded in found))


def receipt(ctx: ReadContext, request: wire.QueryReceiptRequest) -> wire.QueryReceiptResponse:
    """Return what became of a received packet. Raises: UnknownPeer, KeyNotFound."""
    found = RECEIPTS.get(ctx, (peers.require(ctx, request.chain_id).incoming, request.sequence))
    if found is None:
        raise KeyNotFound(
            f"no receipt of packet {request.sequence} of {request.chain_id} is kept: it has not come, or is forgotten"
        )
    return wire.QueryReceiptResponse(receipt=found)


def client_state(ctx: ReadContext, request: wire.QueryClientRequest) -> wire.QueryClientResponse:
    """Return what our light client of a peer trusts, and until when. Raises: UnknownPeer."""
    found = client.require(ctx, peers.require(ctx, request.chain_id).chain_id)
    expires = found.time + figures(ctx).client.trusting_period_ns
    return wire.QueryClientResponse(client=found, expires=expires)


def header(ctx: ReadContext, request: wire.QueryHeaderRequest) -> wire.QueryHeaderResponse:
    """Return an accepted header that still counts. Raises: UnknownPeer, KeyNotFound."""
    found = client.find(ctx, peers.require(ctx, request.chain_id).chain_id, request.height)
    if found is None:
        raise KeyNotFound(f"no header {request.height} of {request.chain_id} was accepted here")
    return wire.QueryHeaderResponse(
        height=found.height, time=found.time, header_hash=found.header_hash, app_hash=found.app_hash
    )


def outstanding_assets(ctx: ReadContext, request: wire.QueryOutstandingRequest) -> wire.QueryOutstandingResponse:
    """Return what of ours a peer confirmed to hold. Raises: UnknownPeer."""
    found = peers.require(ctx, request.chain_id)
    return wire.QueryOutstandingResponse(coins=tuple(outstanding.listed(ctx, found)))


def voucher(ctx: ReadContext, request: wire.QueryVoucherRequest) -> wire.QueryVoucherResponse:
    """Return where a voucher comes from. Raises: KeyNotFound."""
    found = VOUCHERS.get(ctx, request.denom)
    if found is None:
        raise KeyNotFound(f"{request.denom[:128]!r} is no voucher here")
    return wire.QueryVoucherResponse(voucher=found)


def vouchers(ctx: ReadContext, request: wire.QueryVouchersRequest) -> wire.QueryVouchersResponse:
    """Return all vouchers."""
    page = page_of(ctx, VOUCHERS, request.pagination)
    return wire.QueryVouchersResponse(vouchers=tuple(each for _, each in page.entries), pagination=page.response)


def claims(ctx: ReadContext, request: wire.QueryClaimsRequest) -> wire.QueryClaimsResponse:
    """Return the refunds an account can claim."""
    found = islice(CLAIMS.items(ctx, ADDRESS.encode(request.owner)), MAX_BATCH)
    return wire.QueryClaimsResponse(
        claims=tuple(
            wire.Claim(owner=owner, coin=Coin(denom=denom, amount=amount), burned=bool(burned))
            for (owner, burned, denom), amount in found
        )
    )


def limit(ctx: ReadContext, request: wire.QueryLimitRequest) -> wire.QueryLimitResponse:
    """Return how much of an asset a peer may let in now. Raises: UnknownPeer."""
    found = peers.require(ctx, request.chain_id)
    return wire.QueryLimitResponse(limit=limits.limit_of(ctx, found, request.denom))


def list_limits(ctx: ReadContext, request: wire.QueryLimitsRequest) -> wire.QueryLimitsResponse:
    """Return the limits of the assets that came from a peer, the first 64. Raises: UnknownPeer."""
    found = limits.used(ctx, peers.require(ctx, request.chain_id))
    return wire.QueryLimitsResponse(limits=tuple(islice(found, MAX_BATCH)))


def release(ctx: ReadContext, request: wire.QueryReleaseRequest) -> wire.QueryReleaseResponse:
    """Return what a packet brought above its limit, and from when it is payable. Raises: UnknownPeer, KeyNotFound."""
    found = peers.require(ctx, request.chain_id)
    held = RELEASES.get(ctx, (found.incoming, request.sequence))
    if held is None:
        raise KeyNotFound(f"nothing that packet {request.sequence} of {request.chain_id} brought is held back")
    return wire.QueryReleaseResponse(release=held, payable=releases.payable_at(ctx, found, held))


def list_releases(ctx: ReadContext, request: wire.QueryReleasesRequest) -> wire.QueryReleasesResponse:
    """Return all that is held back, of every peer."""
    page = page_of(ctx, RELEASES, request.pagination)
    return wire.QueryReleasesResponse(releases=tuple(each for _, each in page.entries), pagination=page.response)


def waiting_requests(ctx: ReadContext, request: wire.QueryWaitingRequest) -> wire.QueryWaitingResponse:
    """Return how many requests wait for a peer's results, of all and of one sender. Raises: UnknownPeer."""
    outgoing, found = peers.require(ctx, request.chain_id).outgoing, figures(ctx).limits
    return wire.QueryWaitingResponse(
        total=WAITING.get(ctx, outgoing) or 0,
        most=found.max_waiting,
        of_sender=(WAITING_OF.get(ctx, (outgoing, request.sender)) or 0) if request.sender else 0,
        most_of_sender=found.max_waiting_of_sender,
    )


def retired_queues(ctx: ReadContext, request: wire.QueryRetiredRequest) -> wire.QueryRetiredResponse:
    """Return the queues that ended."""
    page = page_of(ctx, RETIRED, request.pagination)
    return wire.QueryRetiredResponse(retired=tuple(each for _, each in page.entries), pagination=page.response)
