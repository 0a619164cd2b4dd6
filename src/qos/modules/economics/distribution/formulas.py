"""Arithmetic of rewards: integers to integers. Amounts in aqos, rates over 10^18."""

from collections.abc import Sequence

from qos.base.amounts import E18, mul_div_floor

SCALE = 1 << 128
"""Indexes and claims count in 2^-128 aqos: more than any number of shares, so that a carry is below one aqos."""


def proposer_reward(minted: int, rate: int) -> int:
    """Return what the proposer gets of the inflation of its block, rounded down (WP 2.1: 4 %)."""
    return mul_div_floor(minted, rate, E18)


def validator_reward(shared: int, tokens: int, all_tokens: int) -> int:
    """Return the part of a validator that signed, rounded down (WP 3.3.2): bonded over sum of bonded of all signers."""
    return mul_div_floor(shared, tokens, all_tokens)


def validator_rewards(shared: int, tokens: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Return the parts of all that signed, and what remains of it: below one aqos each, for the community pool."""
    total = sum(tokens)
    if not total:
        return tuple([0] * len(tokens)), shared
    parts = tuple([validator_reward(shared, each, total) for each in tokens])
    return parts, shared - sum(parts)


def commission(reward: int, rate: int) -> int:
    """Return what a validator keeps of its reward, rounded down in favour of its bonds (WP 3.5)."""
    return mul_div_floor(reward, rate, E18)


def index_step(reward: int, carry: int, shares: int) -> tuple[int, int]:
    """Return by how much the index of a validator rises, and what is carried to the next time, in 2^-128 aqos.

    Raises: ZeroDivisionError without shares.
    """
    scaled = reward * SCALE + carry
    step = mul_div_floor(scaled, 1, shares)
    return step, scaled - step * shares


def earned(shares: int, index: int, counted: int) -> int:
    """Return what shares have earned since an index was counted, in 2^-128 aqos: exact."""
    return shares * (index - counted)


def payable(owed: int) -> tuple[int, int]:
    """Return the whole aqos of what is owed, rounded down, and what stays owed."""
    whole = owed >> 128
    return whole, owed - (whole << 128)
