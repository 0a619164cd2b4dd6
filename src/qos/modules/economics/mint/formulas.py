"""Issuance arithmetic: integers to integers. Amounts in aqos, times in ms."""

from qos.base.amounts import mul_div_floor

YEAR_MS = 365 * 86_400 * 1_000
"""The year of the whitepaper: a phase of four has 126 144 000 s."""


def counted_interval(interval_ms: int, longest_ms: int) -> int:
    """Return what an interval between blocks counts: 0 to the longest (I2)."""
    return min(max(interval_ms, 0), longest_ms)


def block_cap(total: int, length_ms: int, block_ms: int, factor: int) -> int:
    """Return the most one block may mint: `factor` times the even reward of its phase, rounded down (I2)."""
    return mul_div_floor(total, factor * block_ms, length_ms)


def block_reward(rest: int, sum_ms: int, window: int, left_ms: int, cap: int) -> int:
    """Return what a block mints of the rest of its phase, rounded down; what is not minted stays in the phase (I1).

    `left_ms` is the time to the end of the phase; from the end on the cap alone bounds the reward (I2).
    """
    if left_ms <= 0:
        return min(rest, cap)
    return min(mul_div_floor(rest, sum_ms, window * left_ms), cap, rest)


def year_estimate(reward: int, sum_ms: int, window: int) -> int:
    """Return what a year of blocks would mint if all were like this one, rounded down; 0 when no time passes."""
    return mul_div_floor(reward, YEAR_MS * window, sum_ms) if sum_ms else 0
