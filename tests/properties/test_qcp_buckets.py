"""[Q14] In no window does more pass a bucket than its capacity, what refilled in the window, and half of what left."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import BlockInfo, Context
from qos.machine.gas import UNLIMITED, GasMeter
from qos.modules.crosschain.qcp import limits
from qos.modules.crosschain.qcp.state import FLOORS, PARAMS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import Params, Peer
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay

DAY_NS = limits.REFILL_NS
PEER = Peer(chain_id="shop-1", outgoing=b"o" * 32, incoming=b"i" * 32)
STEPS = st.lists(st.tuples(st.integers(0, 2 * DAY_NS), st.integers(1, 3_000), st.booleans()), min_size=1, max_size=40)


def world(capacity: int) -> Context:
    store = MultiStore(MemoryBackend(), {"bank": 2, "qcp": 4})
    block = BlockInfo(chain_id="qos-1", height=1, time_ns=10**18)
    ctx = Context(Overlay(store.reader()), block, GasMeter(UNLIMITED), [])
    PARAMS.set(ctx, Params(authority=Address(b"a" * 20)))
    FLOORS.set(ctx, (PEER.incoming, BASE_DENOM), capacity)
    return ctx


def later(ctx: Context, passed_ns: int) -> Context:
    block = replace(ctx.block, time_ns=ctx.block.time_ns + passed_ns)
    return Context(ctx.state, block, ctx.gas, ctx.events)


@given(st.integers(1, 2_000), STEPS)
def test_no_window_lets_more_through_than_a_bucket_and_its_refill(capacity, steps):
    ctx = world(capacity)
    passed: list[tuple[int, int]] = []
    for passed_ns, amount, _ in steps:
        ctx = later(ctx, passed_ns)
        if limits.take(ctx, PEER, Coin(denom=BASE_DENOM, amount=amount)):
            passed.append((ctx.block.time_ns, amount))
    for at, (begin, _) in enumerate(passed):
        total = 0
        for end, amount in passed[at:]:
            total += amount
            assert total * DAY_NS <= capacity * (DAY_NS + end - begin)


@given(st.integers(1, 2_000), STEPS)
def test_returns_never_fill_a_bucket_above_half(capacity, steps):
    ctx = world(capacity)
    for passed_ns, amount, goes_out in steps:
        ctx = later(ctx, passed_ns)
        coin = Coin(denom=BASE_DENOM, amount=amount)
        before = limits.limit_of(ctx, PEER, BASE_DENOM).free
        if goes_out:
            limits.returned(ctx, PEER, coin)
            assert limits.limit_of(ctx, PEER, BASE_DENOM).free <= max(before, capacity // 2)
        else:
            limits.take(ctx, PEER, coin)


@given(st.integers(1, 100), st.integers(1, 86_400))
def test_a_bucket_of_few_units_refills_however_often_it_is_touched(capacity, touches):
    ctx = world(capacity)
    assert limits.take(ctx, PEER, Coin(denom=BASE_DENOM, amount=capacity))
    step = DAY_NS // min(touches, 50)
    for _ in range(min(touches, 50)):
        ctx = later(ctx, step)
        limits.take(ctx, PEER, Coin(denom=BASE_DENOM, amount=capacity + 1))
        limits.returned(ctx, PEER, Coin(denom="other", amount=1))
    assert limits.limit_of(ctx, PEER, BASE_DENOM).free >= capacity - 1


@given(st.integers(1, 2_000), st.integers(1, 300))
def test_a_part_of_a_bucket_bounds_what_may_use_only_that(capacity, amount):
    ctx = world(capacity)
    tenth = limits.take(ctx, PEER, Coin(denom=BASE_DENOM, amount=amount), percent=10)
    assert tenth == (amount * 10 <= capacity)
