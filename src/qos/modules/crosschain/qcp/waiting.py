"""Requests that wait for their result (Q6), and how many may wait at once (Q14)."""

from qos.machine.context import Context
from qos.modules.crosschain.qcp.packet_errors import TooManyWaiting
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.state import PENDING, WAITING, WAITING_COINS, WAITING_OF
from qos.proto.records.qos_qcp_v1 import Peer, Pending


def check_room(ctx: Context, peer: Peer, pending: Pending) -> None:
    """Refuse one request too many of a queue or a sender. Raises: TooManyWaiting."""
    found = figures(ctx).limits
    if (WAITING.get(ctx, peer.outgoing) or 0) >= found.max_waiting:
        raise TooManyWaiting(f"{found.max_waiting} requests wait for {peer.chain_id}: send when it has answered some")
    if (WAITING_OF.get(ctx, (peer.outgoing, pending.refund_address)) or 0) >= found.max_waiting_of_sender:
        raise TooManyWaiting(
            f"{found.max_waiting_of_sender} requests of this account wait for {peer.chain_id}: "
            "send when it has answered some"
        )


def add(ctx: Context, outgoing: bytes, sequence: int, pending: Pending) -> None:
    """Remember a request until its result comes."""
    PENDING.set(ctx, (outgoing, sequence), pending)
    _count(ctx, outgoing, pending, 1)


def remove(ctx: Context, outgoing: bytes, sequence: int, pending: Pending) -> None:
    """Forget a request: first this, then what it held is paid (Q6)."""
    PENDING.delete(ctx, (outgoing, sequence))
    _count(ctx, outgoing, pending, -1)


def _count(ctx: Context, outgoing: bytes, pending: Pending, step: int) -> None:
    sender = (outgoing, pending.refund_address)
    total, own = (WAITING.get(ctx, outgoing) or 0) + step, (WAITING_OF.get(ctx, sender) or 0) + step
    WAITING.set(ctx, outgoing, total)
    if own:
        WAITING_OF.set(ctx, sender, own)
    else:
        WAITING_OF.delete(ctx, sender)
    if pending.coin is not None and not pending.burned:
        _escrowed(ctx, (outgoing, pending.coin.denom), step * pending.coin.amount)


def _escrowed(ctx: Context, key: tuple[bytes, str], change: int) -> None:
    amount = (WAITING_COINS.get(ctx, key) or 0) + change
    if amount:
        WAITING_COINS.set(ctx, key, amount)
    else:
        WAITING_COINS.delete(ctx, key)
