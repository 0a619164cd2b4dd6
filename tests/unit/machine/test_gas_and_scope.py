import pytest

from qos.machine import gas as costs
from qos.machine.context import Context
from qos.machine.errors import InvalidRequest, OutOfGas
from qos.machine.gas import GasMeter
from qos.machine.scope import attempt
from qos.modules.assets.bank.state import BALANCES
from qos.store.errors import StoreError
from qos.testing.chain import ALICE, VirtualChain

WORLD = VirtualChain()
HELD = BALANCES.raw_key((ALICE.address, "aqos"))


def with_gas(limit: int) -> Context:
    return WORLD.scratch(limit)


def test_a_meter_gives_its_limit_and_not_one_more() -> None:
    meter = GasMeter(10)
    meter.consume(10)
    assert (meter.used, meter.remaining) == (10, 0)
    with pytest.raises(OutOfGas):
        meter.consume(1)
    assert meter.remaining == 0


@pytest.mark.parametrize("size", [1, 100])
def test_a_write_is_paid_by_its_size_before_it_is_done(size: int) -> None:
    price = costs.WRITE + costs.WRITE_BYTE * size
    enough, short = with_gas(price), with_gas(price - 1)
    enough.write("bank", b"\x30", b"v" * size)
    with pytest.raises(OutOfGas):
        short.write("bank", b"\x30", b"v" * size)
    assert (enough.state.get("bank", b"\x30"), short.state.get("bank", b"\x30")) == (b"v" * size, None)


def test_a_removal_is_paid_before_it_is_done() -> None:
    ctx = with_gas(costs.ERASE - 1)
    with pytest.raises(OutOfGas):
        ctx.erase("bank", HELD)
    assert ctx.state.get("bank", HELD)


def test_a_read_is_paid_by_what_it_returns() -> None:
    value = WORLD.scratch().read("bank", HELD) or b""
    for key, price in ((HELD, costs.READ + costs.READ_BYTE * len(value)), (b"\x30none", costs.READ)):
        with_gas(price).read("bank", key)
        with pytest.raises(OutOfGas):
            with_gas(price - 1).read("bank", key)


def test_a_scan_is_paid_entry_by_entry() -> None:
    ctx = with_gas(costs.READ + costs.SCAN_STEP + 30)
    seen = []
    with pytest.raises(OutOfGas):
        seen += [key for key, _ in ctx.scan("bank", b"\x02", b"\x03")]
    assert seen == []
    free = WORLD.scratch()
    entries = list(free.scan("bank", b"\x02", b"\x03"))
    weight = sum(costs.SCAN_STEP + costs.READ_BYTE * len(value) for _, value in entries)
    assert free.gas.used == costs.READ + weight
    assert len(entries) >= 4


def test_a_loop_without_end_ends_with_its_gas() -> None:
    ctx = with_gas(1_000_000)

    def forever(inner: Context) -> None:
        while True:
            inner.write("bank", b"\x30", b"v")

    outcome = attempt(ctx, forever)
    assert isinstance(outcome.violation, OutOfGas)
    assert ctx.state.get("bank", b"\x30") is None


def test_what_succeeds_is_kept_with_its_events() -> None:
    ctx = WORLD.scratch()

    def work(inner: Context) -> int:
        inner.write("bank", b"\x30", b"v")
        inner.emit("done", (("key", "value"),))
        return 7

    outcome = attempt(ctx, work)
    assert (outcome.ok, outcome.value, outcome.gas_used) == (True, 7, ctx.gas.used)
    assert (ctx.state.get("bank", b"\x30"), [event.type for event in ctx.events]) == (b"v", ["done"])


def test_what_breaks_a_rule_is_forgotten_with_its_events_and_its_gas_is_spent() -> None:
    ctx = WORLD.scratch()

    def work(inner: Context) -> None:
        inner.write("bank", b"\x30", b"v")
        inner.erase("bank", HELD)
        inner.emit("done", (("key", "value"),))
        raise InvalidRequest("no")

    outcome = attempt(ctx, work)
    assert (outcome.ok, str(outcome.violation)) == (False, "no")
    assert (ctx.state.get("bank", b"\x30"), ctx.events) == (None, [])
    assert ctx.state.get("bank", HELD)
    assert ctx.gas.used == outcome.gas_used > 0


def test_an_attempt_inside_one_that_fails_is_undone_too() -> None:
    ctx = WORLD.scratch()

    def outer(inner: Context) -> None:
        assert attempt(inner, lambda deepest: deepest.write("bank", b"\x30", b"v")).ok
        raise InvalidRequest("no")

    attempt(ctx, outer)
    assert ctx.state.get("bank", b"\x30") is None


def test_an_attempt_with_its_own_limit_costs_the_outer_one_no_more_than_that() -> None:
    ctx = with_gas(100_000)
    outcome = attempt(ctx, lambda inner: inner.gas.consume(5_001), gas_limit=5_000)
    assert (outcome.ok, outcome.gas_used, ctx.gas.used) == (False, 5_000, 5_000)
    assert attempt(ctx, lambda inner: inner.gas.consume(4_000), gas_limit=5_000).ok
    assert ctx.gas.used == 9_000


def test_an_attempt_that_the_outer_limit_cannot_pay_is_not_kept() -> None:
    ctx = with_gas(2_000)

    def work(inner: Context) -> None:
        inner.write("bank", b"\x30", b"v")
        inner.gas.consume(1_000)

    with pytest.raises(OutOfGas):
        attempt(ctx, work, gas_limit=50_000)
    assert ctx.state.get("bank", b"\x30") is None


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyError, RecursionError, MemoryError, StoreError])
def test_an_error_that_is_no_rule_passes_through(error: type[Exception]) -> None:
    ctx = WORLD.scratch()

    def work(inner: Context) -> None:
        inner.write("bank", b"\x30", b"v")
        raise error

    with pytest.raises(error):
        attempt(ctx, work)
    assert ctx.state.get("bank", b"\x30") is None
