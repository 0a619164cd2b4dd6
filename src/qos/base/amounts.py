"""Integer arithmetic of amounts and rates. Every division of the rules goes through here."""

E18 = 10**18
"""Rates are integers over 10^18; also the number of aqos in one QOS."""

MAX_AMOUNT = 2**256 - 1
"""Largest amount any ledger entry may hold."""


def mul_div_floor(amount: int, numerator: int, denominator: int) -> int:
    """Return amount * numerator / denominator rounded down; the remainder stays with the payer."""
    if denominator <= 0:
        raise ZeroDivisionError("denominator must be positive")
    return amount * numerator // denominator


def mul_div_ceil(amount: int, numerator: int, denominator: int) -> int:
    """Return amount * numerator / denominator rounded up; the remainder goes to the receiver."""
    if denominator <= 0:
        raise ZeroDivisionError("denominator must be positive")
    return -(-amount * numerator // denominator)
