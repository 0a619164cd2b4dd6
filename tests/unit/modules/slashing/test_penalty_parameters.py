"""[V1] [V2] Parameters of penalties: the public chain's, and each bound to the last unit."""

from dataclasses import replace

import pytest

from qos.base.amounts import E18
from qos.modules.validators.slashing.errors import InvalidParams
from qos.modules.validators.slashing.parameters import MAX_WINDOW, PUBLIC, check


def test_the_public_chain_asks_for_half_of_10_000_blocks() -> None:
    """WP 3.3.1; 0.01 % for absence, 20 % for signing twice."""
    check(PUBLIC)
    assert (PUBLIC.voting_status_len, PUBLIC.voting_status_least) == (10_000, 5_000)
    assert (PUBLIC.slash_fraction_downtime, PUBLIC.slash_fraction_double_sign) == (E18 // 10_000, E18 // 5)


@pytest.mark.parametrize(
    "change",
    [
        {"voting_status_least": 6_000},
        {"voting_status_len": 8_334},
        {"voting_status_len": 1, "voting_status_least": 0},
        {"voting_status_len": MAX_WINDOW},
        {"slash_fraction_downtime": 0, "slash_fraction_double_sign": E18},
    ],
)
def test_what_lies_at_its_bound_is_taken(change: dict[str, int]) -> None:
    check(replace(PUBLIC, **change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"voting_status_least": 6_001}, "at most 60 % of voting_status_len"),
        ({"voting_status_len": 8_333}, "at most 60 % of voting_status_len"),
        ({"voting_status_len": 1, "voting_status_least": 1}, "at most 60 % of voting_status_len"),
        ({"voting_status_len": 0, "voting_status_least": 0}, "voting_status_len must lie within 1 and"),
        ({"voting_status_len": MAX_WINDOW + 1}, "voting_status_len must lie within 1 and"),
        ({"slash_fraction_downtime": -1}, "slash_fraction_downtime must lie within 0 and 1"),
        ({"slash_fraction_downtime": E18 + 1}, "slash_fraction_downtime must lie within 0 and 1"),
        ({"slash_fraction_double_sign": -1}, "slash_fraction_double_sign must lie within 0 and 1"),
        ({"slash_fraction_double_sign": E18 + 1}, "slash_fraction_double_sign must lie within 0 and 1"),
    ],
)
def test_what_lies_beyond_is_refused_with_a_sentence(change: dict[str, int], sentence: str) -> None:
    """[V1] A proposer can leave out up to 1/3 of the votes: more than 60 % can be asked of nobody."""
    with pytest.raises(InvalidParams, match=sentence):
        check(replace(PUBLIC, **change))
