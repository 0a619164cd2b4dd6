"""Parameters of stake: the public chain's, their bounds and relations, and how they change."""

from qos.base.amounts import E18, MAX_AMOUNT
from qos.base.blocktime import DAY_NS, HOUR_NS, SECOND_NS
from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM, is_denom
from qos.machine.context import Context
from qos.modules.validators.staking.errors import InvalidParams
from qos.modules.validators.staking.state import PARAMS
from qos.proto.records.qos_staking_v1 import Params
from qos.store.access import Reads

MAX_VALIDATORS = 100
"""The engine's set may be twice as large while leaving is put off; a commit holds 200 votes."""
MAX_ENTRIES = 100
MAX_PERIOD_NS = 3650 * DAY_NS

PUBLIC = Params(
    bond_denom=BASE_DENOM,
    max_validators=21,
    min_validators=4,
    min_self_bond=50_000 * E18,
    min_commission_rate=5 * 10**16,
    max_commission_rate=50 * 10**16,
    commission_step=10**16,
    commission_period=DAY_NS,
    unbonding_time=15 * DAY_NS,
    survival_secs=15 * 86_400,
    revoke_wait=DAY_NS,
    max_entries=7,
    max_evidence_age=14 * DAY_NS,
    evidence_margin=HOUR_NS,
    trusting_period=10 * DAY_NS,
    trusting_margin=3 * DAY_NS,
)
"""What the public chain starts with (protocol section 6)."""


def params(ctx: Reads) -> Params:
    """Return the parameters."""
    return PARAMS.require(ctx, lambda: InvariantBroken("stake was not initialised"))


def survival_ns(rules: Params) -> int:
    """Return how long an inactive validator may come back."""
    return rules.survival_secs * SECOND_NS


def check(rules: Params) -> None:
    """Refuse parameters out of bounds or in contradiction, naming the relation (V3). Raises: InvalidParams."""
    if not is_denom(rules.bond_denom):
        raise InvalidParams("bond_denom must name an asset")
    if not 1 <= rules.min_validators <= rules.max_validators <= MAX_VALIDATORS:
        raise InvalidParams(f"1 <= min_validators <= max_validators <= {MAX_VALIDATORS} must hold")
    if not 0 < rules.min_self_bond <= MAX_AMOUNT:
        raise InvalidParams("min_self_bond must be positive")
    if not 0 <= rules.min_commission_rate <= rules.max_commission_rate <= E18:
        raise InvalidParams("0 <= min_commission_rate <= max_commission_rate <= 1 must hold")
    if not 0 < rules.commission_step <= E18:
        raise InvalidParams("commission_step must lie above 0 and at most be 1")
    if not 1 <= rules.max_entries <= MAX_ENTRIES:
        raise InvalidParams(f"max_entries must lie within 1 and {MAX_ENTRIES}")
    _check_periods(rules)


def _check_periods(rules: Params) -> None:
    positive = ("commission_period", "unbonding_time", "max_evidence_age", "trusting_period")
    for name in positive:
        if not 0 < getattr(rules, name) <= MAX_PERIOD_NS:
            raise InvalidParams(f"{name} must be positive and at most ten years")
    for name in ("revoke_wait", "evidence_margin", "trusting_margin"):
        if not 0 <= getattr(rules, name) <= MAX_PERIOD_NS:
            raise InvalidParams(f"{name} must not be negative and at most ten years")
    if not 0 < survival_ns(rules) <= MAX_PERIOD_NS:
        raise InvalidParams("survival_secs must be positive and at most ten years")
    # A bond that can go before evidence against it is too old would escape its slash.
    if rules.max_evidence_age + rules.evidence_margin > min(survival_ns(rules), rules.unbonding_time):
        raise InvalidParams("max_evidence_age + evidence_margin must be at most survival_secs and unbonding_time")
    # A light client must be able to tell of an attack while it still counts.
    if rules.trusting_period + rules.trusting_margin > rules.max_evidence_age:
        raise InvalidParams("trusting_period + trusting_margin must be at most max_evidence_age")


def change(ctx: Context, rules: Params) -> None:
    """Replace the parameters. Raises: InvalidParams, also on another asset of bonds."""
    check(rules)
    if rules.bond_denom != params(ctx).bond_denom:
        raise InvalidParams("bond_denom cannot change: bonds are in it")
    PARAMS.set(ctx, rules)
