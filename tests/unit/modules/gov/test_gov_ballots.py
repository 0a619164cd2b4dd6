"""Votes as clients write them."""

import pytest

from qos.base.amounts import E18
from qos.modules.governance.proposals import ballots
from qos.modules.governance.proposals.errors import BadVote
from qos.proto.records.cosmos_gov_v1 import VoteOption
from qos.proto.records.qos_gov_v1 import Counts

YES, NO = VoteOption.VOTE_OPTION_YES, VoteOption.VOTE_OPTION_NO
NOTHING = VoteOption.VOTE_OPTION_UNSPECIFIED


@pytest.mark.parametrize(
    ("text", "part"),
    [("1", E18), ("1.0", E18), ("0.25", E18 // 4), ("0.000000000000000001", 1), ("0", 0), ("1.5", 15 * 10**17)],
)
def test_decimals_are_read_exactly(text: str, part: int) -> None:
    assert ballots.read_decimal(text) == part
    assert ballots.read_decimal(ballots.write_decimal(part)) == part


@pytest.mark.parametrize("text", ["", ".5", "1.", "-1", "2", "0.0000000000000000001", "1e-1", "0,5", "0.5\n", "\u0660"])
def test_other_texts_are_no_weights(text: str) -> None:
    with pytest.raises(BadVote):
        ballots.read_decimal(text)


def test_parts_add_up_to_one() -> None:
    assert ballots.weighted(((YES, E18 // 4), (NO, 3 * E18 // 4))) == Counts(yes=E18 // 4, no=3 * E18 // 4)
    assert ballots.parts_of(ballots.single(NO)) == ((NO, E18),)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ((YES, E18 - 1),),
        ((YES, E18 + 1),),
        ((YES, E18 // 2), (YES, E18 // 2)),
        ((YES, E18), (NO, 0)),
        ((YES, 2 * E18), (NO, -E18)),
        ((NOTHING, E18),),
    ],
)
def test_other_votes_are_refused(parts: tuple[tuple[VoteOption, int], ...]) -> None:
    with pytest.raises(BadVote):
        ballots.weighted(parts)
