"""Fee arithmetic: integers to integers."""

from collections.abc import Sequence
from itertools import accumulate

from qos.base.amounts import mul_div_ceil, mul_div_floor
from qos.proto.records.qos_fees_v1 import Params, Price, RecentBlock

PPM = 10**6
MAX_GAS_PRICE = 10**18
"""The base fee never rises above this."""

PARTS = (10, 50, 90)
"""Which percent of a block's gas paid no more than its low, median and high tip."""


def next_base_fee(base_fee: int, gas: int, params: Params) -> int:
    """Return what a unit of gas costs after a block of `gas` (F1, EIP-1559).

    Rises by at least 1 above the target and by one part in the denominator at twice the target, which is the most;
    falls in proportion; both rounded down. Free gas stays free.
    """
    if not params.gas_price or not params.target_gas:
        return params.gas_price
    target = params.target_gas
    apart = min(abs(gas - target), target)
    change = mul_div_floor(base_fee, apart, target * params.base_fee_denominator)
    moved = base_fee + max(change, 1) if gas > target else base_fee - change
    return min(max(moved, params.gas_price), MAX_GAS_PRICE)


def value_fee(amount: int, price: Price) -> int:
    """Return what moving an amount of the fee asset costs beside the fee, rounded down (F1)."""
    return min(mul_div_floor(amount, price.value_fee_ppm, PPM), price.value_fee_cap)


def tips_of(paid: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the tips that PARTS percent of the gas paid at most, from pairs of tip and gas; at least one pair."""
    ordered = sorted(paid)
    sums = list(accumulate(gas for _, gas in ordered))
    found = []
    for percent in PARTS:
        wanted = mul_div_ceil(sums[-1], percent, 100)
        found.append(next(tip for (tip, _), so_far in zip(ordered, sums, strict=True) if so_far >= wanted))
    return tuple(found)


def offers(price: Price, params: Params, recent: Sequence[RecentBlock]) -> tuple[int, int, int]:
    """Return slow, normal and fast prices of a unit of gas, from the newest blocks with transactions (F2).

    Tips count only where blocks were fuller than the target: else there was room for everybody. The faster offers
    also cover rises of the base fee, rounded up: normal one while the last block was crowded, fast one or two.
    """
    base, target = price.base_fee, params.target_gas
    crowded = [block for block in recent if target and block.gas > target]
    if not crowded:
        return base, base, _risen(base, params)
    still = recent[-1] is crowded[-1]
    slow = base + _middle([block.low_tip for block in crowded])
    normal = (_risen(base, params) if still else base) + _middle([block.median_tip for block in crowded])
    fast = _risen(_risen(base, params), params) + max(block.high_tip for block in crowded)
    return slow, normal, fast


def _risen(base_fee: int, params: Params) -> int:
    """Return the base fee after one full block, rounded up."""
    if not params.target_gas:
        return base_fee
    return mul_div_ceil(base_fee, params.base_fee_denominator + 1, params.base_fee_denominator)


def _middle(values: list[int]) -> int:
    """Return the median, the upper one of two."""
    return sorted(values)[len(values) // 2]
