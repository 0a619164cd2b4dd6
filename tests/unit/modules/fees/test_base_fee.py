"""[F1] The base fee moves with block fullness."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.machine.admission import MAX_BLOCK_GAS
from qos.modules.economics.fees.formulas import MAX_GAS_PRICE, next_base_fee, tips_of
from qos.proto.records.qos_fees_v1 import Params

FLOOR, TARGET = 10**10, 100_000_000
RULES = Params(denom="aqos", gas_price=FLOOR, target_gas=TARGET, base_fee_denominator=8)


@pytest.mark.parametrize(
    ("gas", "expected"),
    [
        (0, 7 * 10**10),
        (TARGET // 2, 75 * 10**9),
        (TARGET, 8 * 10**10),
        (TARGET + 1, 8 * 10**10 + 100),
        (2 * TARGET, 9 * 10**10),
        (3 * TARGET, 9 * 10**10),
    ],
)
def test_the_base_fee_follows_fullness_by_an_eighth_at_most(gas: int, expected: int) -> None:
    assert next_base_fee(8 * 10**10, gas, RULES) == expected


def test_the_base_fee_never_falls_below_the_floor() -> None:
    assert next_base_fee(FLOOR, 0, RULES) == FLOOR
    assert next_base_fee(FLOOR + 1, 0, RULES) == FLOOR


def test_above_the_target_the_base_fee_rises_by_one_at_least() -> None:
    cheap = Params(denom="aqos", gas_price=1, target_gas=TARGET, base_fee_denominator=8)
    assert next_base_fee(1, TARGET + 1, cheap) == 2


@pytest.mark.parametrize(("price", "target"), [(0, TARGET), (0, 0), (5, 0)])
def test_free_gas_stays_free_and_without_a_target_the_price_stands_still(price: int, target: int) -> None:
    rules = Params(denom="aqos", gas_price=price, target_gas=target, base_fee_denominator=8)
    assert next_base_fee(price, MAX_BLOCK_GAS, rules) == price


@given(
    base=st.integers(1, MAX_GAS_PRICE),
    gas=st.integers(0, 2**80),
    floor=st.integers(1, MAX_GAS_PRICE),
    target=st.integers(1, MAX_BLOCK_GAS),
    denominator=st.integers(2, 1_000),
)
def test_whatever_the_parameters_the_step_is_total_and_bounded(
    base: int, gas: int, floor: int, target: int, denominator: int
) -> None:
    rules = Params(denom="aqos", gas_price=floor, target_gas=target, base_fee_denominator=denominator)
    found = next_base_fee(max(base, floor), gas, rules)
    assert floor <= found <= MAX_GAS_PRICE
    assert abs(found - max(base, floor)) <= max(max(base, floor) // denominator, 1)


@given(st.lists(st.tuples(st.integers(0, 10**20), st.integers(1, MAX_BLOCK_GAS)), min_size=1, max_size=30))
def test_tips_of_a_block_are_ordered_and_stand_for_their_part_of_the_gas(paid: list[tuple[int, int]]) -> None:
    low, median, high = tips_of(paid)
    assert low <= median <= high
    total = sum(gas for _, gas in paid)
    for percent, tip in ((10, low), (50, median), (90, high)):
        assert 100 * sum(gas for each, gas in paid if each <= tip) >= percent * total
        assert 100 * sum(gas for each, gas in paid if each < tip) < percent * total
