"""Which headers of a peer are forgotten (Q12): those that can prove nothing any more that later ones do not prove.

A header stays for the trusting period, at least 7 days, and as long as a request waits that it may show to have missed
its timeout (Q7). Of the older ones the newest stays too: it says how long packets have waited (Q16), and trust begins
there from now on. Whoever brings a header pays for forgetting two, so a client holds no more than it must, and no block
has anything to do for it. While a queue is frozen no header is taken, and none goes.
"""

from dataclasses import replace
from itertools import pairwise

from qos.base.errors import InvariantBroken
from qos.machine.context import Context
from qos.modules.crosschain.qcp import client
from qos.modules.crosschain.qcp.packets import MAX_TIMEOUT_NS
from qos.modules.crosschain.qcp.pruning import OUTBOX_KEPT_NS
from qos.modules.crosschain.qcp.state import CLIENTS, HEADERS, OUTBOX, PENDING, QUEUE_ID
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet, Peer
from qos.store.keys import TEXT

MAX_FORGOTTEN = 2
"""Headers that go for one that comes: more than one, so that what once gathered gets less."""


def forget(ctx: Context, peer: Peer, trusting_period_ns: int) -> None:
    """Remove the oldest headers of a peer, a bounded number, as far as nothing needs them."""
    state = client.require(ctx, peer.chain_id)
    oldest = tuple(HEADERS.items(ctx, TEXT.encode(peer.chain_id), limit=MAX_FORGOTTEN + 1))
    needed_from_ns = _needed_from_ns(ctx, peer, trusting_period_ns)
    floor = state.floor
    for (key, header), (_, after) in pairwise(oldest):
        # Those below the floor count no more since the authority gave a later one.
        if header.height >= floor and after.time > needed_from_ns:
            break
        HEADERS.delete(ctx, key)
        floor = max(floor, after.height)
    if floor != state.floor:
        CLIENTS.set(ctx, peer.chain_id, replace(state, floor=floor))


def _needed_from_ns(ctx: Context, peer: Peer, trusting_period_ns: int) -> int:
    """Return the time up to which one header is enough.

    The first request that waits was sent at most 7 days before its timeout, all others after it: so all timeouts are
    later than the time returned.
    """
    recent_ns = ctx.block.time_ns - max(trusting_period_ns, OUTBOX_KEPT_NS)
    first = next(PENDING.items(ctx, QUEUE_ID.encode(peer.outgoing), limit=1), None)
    if first is None:
        return recent_ns
    packet = OUTBOX.require(ctx, first[0], lambda key: InvariantBroken(f"pending request {key[1]} has no packet"))
    return min(recent_ns, codec.decode(Packet, packet).timeout - MAX_TIMEOUT_NS)
