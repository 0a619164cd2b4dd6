"""Arithmetic of votes: what must be exceeded, which way is rounded (G1, G2)."""

import pytest

from qos.base.amounts import E18
from qos.modules.governance.proposals import formulas
from qos.modules.governance.proposals.formulas import NO_ROW, ZERO
from qos.modules.governance.proposals.params import DEFAULTS
from qos.proto.records.qos_gov_v1 import Counts, LevelParams, Outcome, Row

YES = Counts(yes=E18)
NORMAL, CRITICAL = DEFAULTS.normal, DEFAULTS.critical
NO_QUORUM, VETOED = Outcome.OUTCOME_NO_QUORUM, Outcome.OUTCOME_VETOED
PASSED, REJECTED = Outcome.OUTCOME_PASSED, Outcome.OUTCOME_REJECTED


@pytest.mark.parametrize(
    ("tally", "electorate", "level", "outcome"),
    [
        (Counts(), 0, NORMAL, NO_QUORUM),
        (Counts(), 1000, NORMAL, NO_QUORUM),
        # Quorum 0.334: exactly it is not enough, abstaining counts for it.
        (Counts(yes=334), 1000, NORMAL, NO_QUORUM),
        (Counts(yes=335), 1000, NORMAL, PASSED),
        (Counts(yes=1, abstain=334), 1000, NORMAL, PASSED),
        # Threshold 0.5 of those who decide.
        (Counts(yes=500, no=500), 1000, NORMAL, REJECTED),
        (Counts(yes=501, no=499), 1000, NORMAL, PASSED),
        (Counts(yes=51, no=49, abstain=900), 1000, NORMAL, PASSED),
        (Counts(abstain=1000), 1000, NORMAL, REJECTED),
        # Veto 0.334 of all votes.
        (Counts(yes=666, no_with_veto=334), 1000, NORMAL, PASSED),
        (Counts(yes=665, no_with_veto=335), 1000, NORMAL, VETOED),
        # Critical: quorum 0.5, threshold 0.667.
        (Counts(yes=500), 1000, CRITICAL, NO_QUORUM),
        (Counts(yes=501), 1000, CRITICAL, PASSED),
        (Counts(yes=667, no=333), 1000, CRITICAL, REJECTED),
        (Counts(yes=668, no=332), 1000, CRITICAL, PASSED),
    ],
)
def test_each_bound_must_be_exceeded(tally: Counts, electorate: int, level: LevelParams, outcome: Outcome) -> None:
    """[G2] all strictly more than."""
    assert formulas.decide(tally, electorate, level) is outcome


def test_a_turnout_below_the_whole_can_reach_the_quorum() -> None:
    """The first implementation divided integers: any turnout below 100 % failed (trap)."""
    assert formulas.decide(Counts(yes=999), 1000, NORMAL) is PASSED


@pytest.mark.parametrize(("tally", "missing"), [(Counts(), 335), (Counts(yes=334), 1), (Counts(yes=335), 0)])
def test_what_is_missing_to_the_quorum_is_exact(tally: Counts, missing: int) -> None:
    assert formulas.missing_to_quorum(tally, 1000, NORMAL) == missing


def test_a_validator_speaks_for_those_who_are_silent() -> None:
    row = formulas.moved(NO_ROW, 30, Counts(no=E18), 1)
    assert formulas.of_validator(100, 100, row, YES) == Counts(yes=70, no=30)
    assert formulas.of_validator(100, 100, row, None) == Counts(no=30)


def test_a_slash_changes_what_shares_are_worth_and_no_sum() -> None:
    row = formulas.moved(NO_ROW, 30, Counts(no=E18), 1)
    assert formulas.of_validator(80, 100, row, YES) == Counts(yes=56, no=24)
    assert formulas.of_validator(0, 100, row, YES) == ZERO
    assert formulas.of_validator(0, 0, NO_ROW, YES) == ZERO


def test_weights_split_shares_rounded_down_and_spoken_counts_each_share_once() -> None:
    third = Counts(yes=E18 // 3, no=E18 // 3, abstain=E18 // 3 + 1)
    row = formulas.moved(NO_ROW, 100, third, 1)
    assert row == Row(spoken=100, counts=Counts(yes=33, no=33, abstain=33))
    assert formulas.moved(row, 100, third, -1) == NO_ROW


def test_deposits_round_against_the_least_and_for_the_depositor() -> None:
    assert formulas.least_of(1_000 * E18, DEFAULTS.proposer_share) * 3 >= 1_000 * E18
    assert formulas.least_of(10, E18 // 4) == 3
    assert formulas.lost_part(7, DEFAULTS.lost_without_quorum) == 1
