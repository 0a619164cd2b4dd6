"""Parameters of governance: the figures of G2, and the relations any others must keep."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS
from qos.modules.governance.proposals.errors import BadParams
from qos.modules.governance.proposals.params import DEFAULTS, LONGEST_NS, check
from qos.proto.records.qos_gov_v1 import Params


def test_defaults_are_the_figures_of_g2() -> None:
    """[G2]"""
    check(DEFAULTS)
    levels = (DEFAULTS.normal, DEFAULTS.important, DEFAULTS.critical)
    assert [level.deposit // E18 for level in levels] == [1_000, 10_000, 50_000]
    assert [level.voting_period // DAY_NS for level in levels] == [7, 10, 14]
    assert [level.quorum for level in levels] == [334 * 10**15, 4 * 10**17, 5 * 10**17]
    assert [level.threshold for level in levels] == [5 * 10**17, 5 * 10**17, 667 * 10**15]
    assert [level.veto for level in levels] == [334 * 10**15] * 3
    assert (DEFAULTS.deposit_period // DAY_NS, DEFAULTS.lost_without_quorum) == (7, E18 // 5)
    assert (DEFAULTS.least_bond, DEFAULTS.max_voting) == (E18, 32)


def changed(level: str = "", **fields: Any) -> Params:
    if not level:
        return replace(DEFAULTS, **fields)
    return replace(DEFAULTS, **{level: replace(getattr(DEFAULTS, level), **fields)})


@pytest.mark.parametrize(
    "params",
    [
        changed("normal", deposit=0),
        changed("critical", deposit=10**28 + 1),
        changed("normal", voting_period=0),
        changed("critical", voting_period=LONGEST_NS + 1),
        changed("normal", quorum=0),
        changed("critical", quorum=E18),
        changed("normal", veto=0),
        changed("normal", veto=E18),
        changed("normal", threshold=E18 // 2 - 1),
        changed("critical", threshold=E18),
        # A level asks for no less than the one below it.
        changed("normal", deposit=10_001 * E18),
        changed("important", voting_period=15 * DAY_NS),
        changed("important", quorum=333 * 10**15),
        changed("important", threshold=668 * 10**15),
        changed(deposit_period=0),
        changed(deposit_period=LONGEST_NS + 1),
        changed(proposer_share=0),
        changed(proposer_share=E18 + 1),
        changed(depositor_share=10**16 - 1),
        changed(depositor_share=E18 + 1),
        changed(lost_without_quorum=-1),
        changed(lost_without_quorum=E18 + 1),
        changed(least_bond=0),
        changed(max_voting=0),
        changed(max_voting=33),
        changed(execution_gas=99_999),
        changed(execution_gas=200_000_001),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(params: Params) -> None:
    """[G3] the whole set is looked at."""
    with pytest.raises(BadParams, match="gov: "):
        check(params)


@pytest.mark.parametrize(
    "params",
    [
        changed("critical", quorum=E18 - 1, threshold=E18 - 1, veto=E18 - 1, voting_period=LONGEST_NS),
        changed("normal", deposit=1, voting_period=1, quorum=1, veto=1),
        changed(proposer_share=1, depositor_share=10**16),
        changed(proposer_share=E18, depositor_share=E18, lost_without_quorum=E18, max_voting=1, least_bond=1),
    ],
)
def test_parameters_at_their_bounds_are_taken(params: Params) -> None:
    check(params)
