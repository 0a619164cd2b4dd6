"""Arithmetic of votes: integers to integers."""

from qos.base.amounts import E18, mul_div_ceil, mul_div_floor
from qos.proto.records.qos_gov_v1 import Counts, LevelParams, Outcome, Row

ZERO = Counts()
NO_ROW = Row(counts=ZERO)


def plus(one: Counts, other: Counts, sign: int = 1) -> Counts:
    """Return the sum of counts, or with sign -1 the difference."""
    return Counts(
        yes=one.yes + sign * other.yes,
        abstain=one.abstain + sign * other.abstain,
        no=one.no + sign * other.no,
        no_with_veto=one.no_with_veto + sign * other.no_with_veto,
    )


def total(counts: Counts) -> int:
    """Return the sum over all options."""
    return counts.yes + counts.abstain + counts.no + counts.no_with_veto


def scaled(counts: Counts, numerator: int, denominator: int) -> Counts:
    """Return each count times a fraction, rounded down; what is left over counts for nothing."""
    return Counts(
        yes=mul_div_floor(counts.yes, numerator, denominator),
        abstain=mul_div_floor(counts.abstain, numerator, denominator),
        no=mul_div_floor(counts.no, numerator, denominator),
        no_with_veto=mul_div_floor(counts.no_with_veto, numerator, denominator),
    )


def moved(row: Row, shares: int, weights: Counts, sign: int) -> Row:
    """Return a validator's sums with a delegator's shares added, or with sign -1 taken away."""
    return Row(spoken=row.spoken + sign * shares, counts=plus(row.counts, scaled(weights, shares, E18), sign))


def of_validator(tokens: int, shares: int, row: Row, own: Counts | None) -> Counts:
    """Return the bonded aqos of one validator by option; `own` is what the validator says for the silent.

    Shares are worth tokens / shares, rounded down by option.
    """
    if not shares:
        return ZERO
    direct = scaled(row.counts, tokens, shares)
    if own is None:
        return direct
    silent = mul_div_floor(shares - row.spoken, tokens, shares)
    return plus(direct, scaled(own, silent, E18))


def decide(tally: Counts, electorate: int, level: LevelParams) -> Outcome:
    """Return how a count ends: quorum, veto and threshold must each be exceeded (G2)."""
    voted = total(tally)
    if voted * E18 <= level.quorum * electorate:
        return Outcome.OUTCOME_NO_QUORUM
    if tally.no_with_veto * E18 > level.veto * voted:
        return Outcome.OUTCOME_VETOED
    if tally.yes * E18 > level.threshold * (voted - tally.abstain):
        return Outcome.OUTCOME_PASSED
    return Outcome.OUTCOME_REJECTED


def missing_to_quorum(tally: Counts, electorate: int, level: LevelParams) -> int:
    """Return how many aqos have to vote besides, at least, until the quorum is exceeded."""
    return max(mul_div_floor(electorate, level.quorum, E18) + 1 - total(tally), 0)


def least_of(deposit: int, share_e18: int) -> int:
    """Return the least part of a deposit, rounded up."""
    return mul_div_ceil(deposit, share_e18, E18)


def lost_part(amount: int, rate_e18: int) -> int:
    """Return what a depositor loses, rounded down: the remainder goes back."""
    return mul_div_floor(amount, rate_e18, E18)
