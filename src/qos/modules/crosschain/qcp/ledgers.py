"""What a chain says of the assets between it and a peer: its half of a check of conservation."""

from itertools import islice

from qos.machine.context import ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import outstanding, peers
from qos.modules.crosschain.qcp.state import PENDING, QUEUE_ID, VOUCHERS
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto.records.qos_qcp_v1 import (
    LedgerAsset,
    LedgerVoucher,
    Peer,
    QueryLedgerRequest,
    QueryLedgerResponse,
)

MAX_WAITING = 1_000
"""Requests an answer names; their sum counts all."""


def show(ctx: ReadContext, request: QueryLedgerRequest) -> QueryLedgerResponse:
    """Return what is set aside for a peer and what circulates from it. Raises: UnknownPeer."""
    peer = peers.require(ctx, request.chain_id)
    waiting: dict[str, int] = {}
    requests = []
    for (_, sequence), pending in PENDING.items(ctx, QUEUE_ID.encode(peer.outgoing)):
        if pending.coin is not None and not pending.burned:
            waiting[pending.coin.denom] = waiting.get(pending.coin.denom, 0) + pending.coin.amount
            requests.append(sequence)
    out = {coin.denom: coin.amount for coin in outstanding.listed(ctx, peer)}
    return QueryLedgerResponse(
        chain_id=ctx.block.chain_id,
        height=ctx.block.height,
        outgoing=peer.outgoing,
        incoming=peer.incoming,
        queue=peers.queue_state(ctx, peer),
        assets=tuple(
            LedgerAsset(
                denom=denom,
                voucher=name_abroad(ctx, peer, denom),
                outstanding=out.get(denom, 0),
                waiting=waiting.get(denom, 0),
            )
            for denom in sorted(out.keys() | waiting.keys())
        ),
        vouchers=tuple(
            LedgerVoucher(denom=denom, supply=bank.supply(ctx, denom))
            for denom, voucher in VOUCHERS.items(ctx)
            if voucher.path[-1:] == (peer.incoming,)
        ),
        waiting_requests=tuple(islice(requests, MAX_WAITING)),
    )


def name_abroad(ctx: ReadContext, peer: Peer, denom: str) -> str:
    """Return what an asset of this chain is called at a peer."""
    voucher = VOUCHERS.get(ctx, denom)
    if voucher is None:
        return voucher_denom((peer.outgoing,), denom)
    return voucher_denom((*voucher.path, peer.outgoing), voucher.base_denom)
