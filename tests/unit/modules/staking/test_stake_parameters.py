"""[V3] Threats 5 and 29: periods of stake keep their relations, to the nanosecond, and every value its bounds."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18, MAX_AMOUNT
from qos.base.blocktime import DAY_NS, HOUR_NS
from qos.modules.validators.staking.errors import InvalidParams
from qos.modules.validators.staking.parameters import MAX_ENTRIES, MAX_PERIOD_NS, MAX_VALIDATORS, PUBLIC, check

SURVIVAL_NS = PUBLIC.survival_secs * 10**9
EVIDENCE_NS = min(PUBLIC.unbonding_time, SURVIVAL_NS) - PUBLIC.evidence_margin

AT_THE_EDGE: list[dict[str, Any]] = [
    {"max_evidence_age": EVIDENCE_NS},
    {"unbonding_time": PUBLIC.max_evidence_age + PUBLIC.evidence_margin},
    {"evidence_margin": 15 * DAY_NS - PUBLIC.max_evidence_age},
    {"trusting_period": PUBLIC.max_evidence_age - PUBLIC.trusting_margin},
    {"trusting_margin": PUBLIC.max_evidence_age - PUBLIC.trusting_period},
    {"max_validators": MAX_VALIDATORS, "min_validators": MAX_VALIDATORS},
    {"min_self_bond": MAX_AMOUNT},
    {"min_commission_rate": 0, "max_commission_rate": E18, "commission_step": E18},
    {"max_entries": MAX_ENTRIES},
    {"revoke_wait": 0},
    {"commission_period": MAX_PERIOD_NS},
]
BEYOND: list[tuple[dict[str, Any], str]] = [
    ({"max_evidence_age": EVIDENCE_NS + 1}, "survival_secs and unbonding_time"),
    ({"unbonding_time": PUBLIC.max_evidence_age + PUBLIC.evidence_margin - 1}, "survival_secs and unbonding_time"),
    ({"survival_secs": (PUBLIC.max_evidence_age + HOUR_NS) // 10**9 - 1}, "survival_secs and unbonding_time"),
    ({"evidence_margin": 15 * DAY_NS - PUBLIC.max_evidence_age + 1}, "survival_secs and unbonding_time"),
    ({"trusting_period": PUBLIC.max_evidence_age - PUBLIC.trusting_margin + 1}, "at most max_evidence_age"),
    ({"trusting_period": PUBLIC.unbonding_time}, "at most max_evidence_age"),
    ({"trusting_margin": PUBLIC.max_evidence_age - PUBLIC.trusting_period + 1}, "at most max_evidence_age"),
    ({"bond_denom": ""}, "bond_denom"),
    ({"min_validators": 0}, "min_validators"),
    ({"min_validators": PUBLIC.max_validators + 1}, "min_validators"),
    ({"max_validators": MAX_VALIDATORS + 1}, "max_validators"),
    ({"min_self_bond": 0}, "min_self_bond"),
    ({"min_self_bond": MAX_AMOUNT + 1}, "min_self_bond"),
    ({"min_commission_rate": -1}, "min_commission_rate"),
    ({"min_commission_rate": PUBLIC.max_commission_rate + 1}, "min_commission_rate"),
    ({"max_commission_rate": E18 + 1}, "max_commission_rate"),
    ({"commission_step": 0}, "commission_step"),
    ({"commission_step": E18 + 1}, "commission_step"),
    ({"max_entries": 0}, "max_entries"),
    ({"max_entries": MAX_ENTRIES + 1}, "max_entries"),
    ({"revoke_wait": -1}, "revoke_wait"),
    ({"evidence_margin": -1}, "evidence_margin"),
    ({"trusting_margin": -1}, "trusting_margin"),
    ({"survival_secs": 0}, "survival_secs"),
    ({"unbonding_time": 0}, "unbonding_time"),
    ({"max_evidence_age": 0}, "max_evidence_age"),
    ({"trusting_period": 0}, "trusting_period"),
    ({"commission_period": MAX_PERIOD_NS + 1}, "commission_period"),
]


def test_the_public_chains_parameters_keep_every_relation() -> None:
    check(PUBLIC)


@pytest.mark.parametrize("change", AT_THE_EDGE, ids=lambda change: " ".join(change))
def test_what_just_keeps_a_relation_is_taken(change: dict[str, Any]) -> None:
    check(replace(PUBLIC, **change))


@pytest.mark.parametrize(("change", "named"), BEYOND, ids=lambda each: str(each)[:60])
def test_what_breaks_a_relation_is_refused_by_its_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidParams, match=named):
        check(replace(PUBLIC, **change))
