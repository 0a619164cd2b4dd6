"""What a chain says of the assets between it and a peer: its half of a check of conservation."""

from qos.machine.context import ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import outstanding, peers
from qos.modules.crosschain.qcp.state import QUEUE_ID, VOUCHERS, WAITING_COINS
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto.records.qos_qcp_v1 import (
    LedgerAsset,
    LedgerVoucher,
    Peer,
    QueryLedgerRequest,
    QueryLedgerResponse,
)


def show(ctx: ReadContext, request: QueryLedgerRequest) -> QueryLedgerResponse:
    """Return what is set aside for a peer and what circulates from it. Raises: UnknownPeer."""
    peer = peers.require(ctx, request.chain_id)
    # A sum in the state, since a watcher asks after every block, however many requests wait.
    waiting = {denom: amount for (_, denom), amount in WAITING_COINS.items(ctx, QUEUE_ID.encode(peer.outgoing))}
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
    )


def name_abroad(ctx: ReadContext, peer: Peer, denom: str) -> str:
    """Return what an asset of this chain is called at a peer."""
    voucher = VOUCHERS.get(ctx, denom)
    if voucher is None:
        return voucher_denom((peer.outgoing,), denom)
    return voucher_denom((*voucher.path, peer.outgoing), voucher.base_denom)
