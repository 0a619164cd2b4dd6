"""How much of an asset a peer may let in at once (Q14): a token bucket per peer and asset, no calendar days.

What is missing to a full bucket is kept in units times nanoseconds: it shrinks by the capacity each nanosecond and is
gone after 24 hours, so nothing is ever rounded and a bucket of five units refills as evenly as one of five billion.
"""

from collections.abc import Iterator

from qos.base.amounts import E18, mul_div_ceil, mul_div_floor
from qos.base.blocktime import DAY_NS
from qos.machine.context import Context, ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.params import figures, require_authority
from qos.modules.crosschain.qcp.state import BUCKETS, CHECKPOINT_ASSETS, FLOORS, QUEUE_ID, VOUCHERS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import Bucket, Limit, MsgSetFloor, MsgSetFloorResponse, Peer
from qos.store.values import UINT

REFILL_NS = DAY_NS
"""A constant: how long an empty bucket takes to fill, and the longest that what exceeds it waits."""


def set_floor(ctx: Context, msg: MsgSetFloor) -> MsgSetFloorResponse:
    """Register how much of an asset a peer may always let in a day; 0 takes it off. The authority alone may.

    Raises: NotAuthorized, UnknownPeer.
    """
    require_authority(ctx, msg.authority)
    key = (peers.require(ctx, msg.chain_id).incoming, msg.floor.denom)
    if msg.floor.amount > 0:
        FLOORS.set(ctx, key, msg.floor.amount)
    else:
        FLOORS.delete(ctx, key)
    return MsgSetFloorResponse()


def take(ctx: Context, peer: Peer, coin: Coin, *, percent: int = 100) -> bool:
    """Take what arrives out of the bucket; tells whether it was in. `percent` of the bucket may go at most."""
    capacity = _capacity(ctx, peer, coin.denom)
    missing = _missing(ctx, peer, coin.denom, capacity) + coin.amount * REFILL_NS
    # Rounded down: less passes.
    if missing > mul_div_floor(capacity * REFILL_NS, percent, 100):
        return False
    _keep(ctx, peer, coin.denom, missing)
    return True


def returned(ctx: Context, peer: Peer, coin: Coin) -> None:
    """Refill the bucket by what went the other way and arrived, up to half: more would help who controls both ways."""
    capacity = _capacity(ctx, peer, coin.denom)
    missing = _missing(ctx, peer, coin.denom, capacity)
    half = mul_div_ceil(capacity * REFILL_NS, 1, 2)
    if missing > half:
        _keep(ctx, peer, coin.denom, max(missing - coin.amount * REFILL_NS, half))


def limit_of(ctx: Context | ReadContext, peer: Peer, denom: str) -> Limit:
    """Return the state of one bucket."""
    capacity = _capacity(ctx, peer, denom)
    missing = _missing(ctx, peer, denom, capacity)
    return Limit(
        denom=denom,
        capacity=capacity,
        # What a sender can count on, so rounded down.
        free=max(capacity - mul_div_ceil(missing, 1, REFILL_NS), 0),
        floor=FLOORS.get(ctx, (peer.incoming, denom)) or 0,
    )


def used(ctx: ReadContext, peer: Peer) -> Iterator[Limit]:
    """Yield the limit of every asset that came from a peer."""
    for (_, denom), _bucket in BUCKETS.items(ctx, QUEUE_ID.encode(peer.incoming)):
        yield limit_of(ctx, peer, denom)


def free_in_ns(ctx: ReadContext, peer: Peer, coin: Coin, *, percent: int = 100) -> int | None:
    """Return how long until the bucket allows an amount if nothing else comes; None when it never will."""
    capacity = _capacity(ctx, peer, coin.denom)
    most = mul_div_floor(capacity * REFILL_NS, percent, 100)
    if coin.amount * REFILL_NS > most:
        return None
    wanted = _missing(ctx, peer, coin.denom, capacity) + coin.amount * REFILL_NS - most
    return mul_div_ceil(max(wanted, 0), 1, capacity)


def _capacity(ctx: Context | ReadContext, peer: Peer, denom: str) -> int:
    """Return 1 % of the home supply, or the registered floor if larger; a general floor where neither is known."""
    found = figures(ctx).limits
    supply = _home_supply(ctx, peer, denom)
    floor = FLOORS.get(ctx, (peer.incoming, denom))
    if supply is None:
        supply = bank.supply(ctx, denom)
        floor = found.voucher_floor if floor is None else floor
    return max(mul_div_floor(supply, found.share_e18, E18), floor or 0)


def _home_supply(ctx: Context | ReadContext, peer: Peer, denom: str) -> int | None:
    """Return how much there is of an asset at home: here, or as was proved of the peer last (L4); None if unknown."""
    voucher = VOUCHERS.get(ctx, denom)
    if voucher is None:
        return bank.supply(ctx, denom)
    if voucher.path != (peer.incoming,):
        return None
    recorded = CHECKPOINT_ASSETS.get(ctx, (peer.chain_id, voucher.base_denom))
    return None if recorded is None else recorded.supply


def _missing(ctx: Context | ReadContext, peer: Peer, denom: str, capacity: int) -> int:
    bucket = BUCKETS.get(ctx, (peer.incoming, denom))
    if bucket is None:
        return 0
    refilled = capacity * (ctx.block.time_ns - bucket.since)
    return max(UINT.decode(bucket.missing) - refilled, 0)


def _keep(ctx: Context, peer: Peer, denom: str, missing: int) -> None:
    BUCKETS.set(ctx, (peer.incoming, denom), Bucket(missing=UINT.encode(missing), since=ctx.block.time_ns))
