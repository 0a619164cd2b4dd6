"""What becomes of what a request carried: kept when it arrived, given back when it did not (Q5, Q6)."""

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.machine.scope import attempt
from qos.modules.crosschain.qcp import delivery_fees, escrow, limits, outstanding
from qos.modules.crosschain.qcp.state import CLAIMS
from qos.modules.crosschain.qcp.types import Held
from qos.proto.records.qos_qcp_v1 import PacketResult, Peer, Pending, ResultCode

REFUND_GAS = 60_000
"""Crediting a refund."""


def settle(ctx: Context, peer: Peer, pending: Pending, result: PacketResult) -> None:
    """Keep what was taken when the request succeeded, else give it back; never fails (Q5).

    The pending record must be deleted already: first it goes, then it pays (Q6).
    """
    if result.code != ResultCode.RESULT_CODE_OK:
        pay(ctx, held_of(pending))
    elif pending.coin is not None:
        limits.returned(ctx, peer, pending.coin)
        if not pending.burned:
            outstanding.confirmed(ctx, peer, pending.coin)
    in_time = result.code != ResultCode.RESULT_CODE_EXPIRED
    delivery_fees.pay(ctx, pending, result.deliverer if in_time else Address(b""))


def refund(ctx: Context, pending: Pending) -> None:
    """Give back all that was taken; what cannot be credited now waits to be claimed."""
    pay(ctx, held_of(pending))
    delivery_fees.pay(ctx, pending, Address(b""))


def held_of(pending: Pending) -> Held:
    """Return what a pending record holds, and for whom, its delivery fee apart."""
    return Held(refund_address=pending.refund_address, coin=pending.coin, burned=pending.burned)


def pay(ctx: Context, held: Held) -> None:
    """Give what is held, if anything, to its owner; what cannot be credited now waits to be claimed."""
    if held.coin is None:
        return
    given = attempt(ctx, lambda inner: escrow.give(inner, held), gas_limit=REFUND_GAS)
    if not given.ok:
        key = (held.refund_address, int(held.burned), held.coin.denom)
        CLAIMS.set(ctx, key, (CLAIMS.get(ctx, key) or 0) + held.coin.amount)
