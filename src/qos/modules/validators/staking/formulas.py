"""Numbers of stake. Pure."""

from collections.abc import Mapping

from qos.base.amounts import E18, mul_div_ceil, mul_div_floor

FRACTION_OUT = 3
"""At most 1/3 of the power leaves in one block (V7)."""


def power_of(tokens: int) -> int:
    """Return the voting power of bonded aqos, rounded down (V9)."""
    return mul_div_floor(tokens, 1, E18)


def worth(shares: int, tokens: int, total_shares: int) -> int:
    """Return what shares are worth, rounded down: the remainder stays with the validator's tokens."""
    return mul_div_floor(shares, tokens, total_shares) if total_shares else 0


def shares_for(amount: int, tokens: int, total_shares: int) -> int:
    """Return the shares an amount buys, rounded down: the remainder is everybody's.

    The first bond buys one share an aqos. Nothing can be bought while shares are worth nothing: 0.
    """
    if not total_shares:
        return amount
    return mul_div_floor(amount, total_shares, tokens) if tokens else 0


def shares_to_take(amount: int, held: int, tokens: int, total_shares: int) -> int:
    """Return the shares an amount costs, rounded up, at most all that are held. `amount` <= what those are worth."""
    return min(held, mul_div_ceil(amount, total_shares, tokens))


def loss(balance: int, taken: int, of: int) -> int:
    """Return what an entry loses by a slash, rounded down: the remainder stays with its owner (V4)."""
    return mul_div_floor(balance, min(taken, of), of)


def next_powers(
    told: Mapping[bytes, int], wanted: Mapping[bytes, int], struck: frozenset[bytes], least: int
) -> dict[bytes, int]:
    """Return the powers to tell the engine next (V7).

    `told` is what it has, `wanted` what stake asks for, `struck` who signed twice. Falls are taken smallest first until
    a third of the told power is gone, the last of them in part; a member that would leave fewer than `least` stays as
    it is. Who is struck leaves at once, if anybody else is there.
    """
    powers = {**told, **wanted}
    # A set of one or two units could not change at all by thirds.
    room = max(mul_div_floor(sum(told.values()), 1, FRACTION_OUT), 1)
    for owner in sorted(owner for owner in told if owner in struck and owner not in wanted):
        if len(powers) > 1:
            del powers[owner]
            room -= told[owner]
    falls = sorted(
        (told[owner] - wanted.get(owner, 0), owner)
        for owner in told
        if owner in powers and wanted.get(owner, 0) < told[owner]
    )
    for fall, owner in falls:
        step = min(fall, max(room, 0))
        leaves = owner not in wanted
        if leaves and (owner in struck or len(powers) <= least):
            continue
        room -= step
        if leaves and step == fall:
            del powers[owner]
        else:
            powers[owner] = told[owner] - step
    return powers
