"""How validators come to be and change what they say of themselves."""

from dataclasses import fields, replace

from qos.base.amounts import E18
from qos.base.blocktime import rfc3339
from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.validators.staking import bonding, events, operations
from qos.modules.validators.staking.errors import (
    BadCommission,
    BadDescription,
    ConsensusKeyUsed,
    SelfBondTooSmall,
    ValidatorExists,
)
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.parameters import params
from qos.modules.validators.staking.state import BY_CONSENSUS, NEXT_NUMBER, TOMBSTONES, VALIDATORS
from qos.proto.records.cosmos_staking_v1beta1 import Commission, CommissionRates, Description
from qos.proto.records.qos_staking_v1 import Params, Status, Validator

UNCHANGED = "[do-not-modify]"
"""What clients send in a part of a description that stays."""


def create(
    ctx: Context,
    hooks: Hooks,
    owner: Address,
    consensus_key: bytes,
    description: Description,
    rates: CommissionRates,
    min_self_bond: int,
    amount: int,
) -> Validator:
    """Make an account a validator with a bond of its own (WP 3.3).

    Raises: ValidatorExists, ConsensusKeyUsed, BadDescription, BadCommission, SelfBondTooSmall, and as
    `bonding.delegate`.
    """
    rules = params(ctx)
    address = operations.consensus_address(consensus_key)
    if VALIDATORS.has(ctx, owner):
        raise ValidatorExists("this account has a validator already: it makes another when that one is closed and gone")
    if BY_CONSENSUS.has(ctx, address) or TOMBSTONES.has(ctx, address):
        raise ConsensusKeyUsed("this consensus key is in use or signed twice once: make a new one")
    if not description.moniker:
        raise BadDescription("a validator needs a moniker")
    check_rates(rules, rates)
    least = max(rules.min_self_bond, min_self_bond)
    if min_self_bond < 0 or amount < least:
        raise SelfBondTooSmall(amount, least)
    number = NEXT_NUMBER.get(ctx) or 0
    NEXT_NUMBER.set(ctx, number + 1)
    validator = Validator(
        owner=owner,
        consensus_key=consensus_key,
        number=number,
        status=Status.STATUS_ACTIVE,
        description=description,
        commission=Commission(commission_rates=rates, update_time=ctx.block.time_ns),
        min_self_bond=min_self_bond,
        activated=ctx.block.time_ns,
    )
    bonding.store(ctx, None, validator)
    BY_CONSENSUS.set(ctx, address, owner)
    for hook in hooks:
        hook.created(ctx, validator)
    events.created(ctx, owner, amount)
    return bonding.delegate(ctx, hooks, owner, owner, amount)


def check_rates(rules: Params, rates: CommissionRates) -> None:
    """Refuse a commission outside the chain's bounds and the validator's own promise. Raises: BadCommission."""
    if not rules.min_commission_rate <= rates.rate <= rules.max_commission_rate:
        raise BadCommission(f"a commission lies within {_percent(rules.min_commission_rate)} and "
                            f"{_percent(rules.max_commission_rate)}")  # fmt: skip
    if not rates.rate <= rates.max_rate <= E18:
        raise BadCommission("max_rate must lie between the commission and 1")
    if not 0 <= rates.max_change_rate <= rates.max_rate:
        raise BadCommission("max_change_rate must lie between 0 and max_rate")


def _percent(rate_e18: int) -> str:
    return f"{rate_e18 * 100 // E18} %"


def new_commission(ctx: Context, validator: Validator, rate: int) -> Commission:
    """Return a validator's commission once it asks for another rate: down at any time, up by a step a period.

    Raises: BadCommission.
    """
    rules, now = params(ctx), validator.commission
    rates = replace(now.commission_rates, rate=rate)
    check_rates(rules, rates)
    rise = rate - now.commission_rates.rate
    step = min(rules.commission_step, rates.max_change_rate)
    from_ns = now.update_time + rules.commission_period
    if rise > step:
        raise BadCommission(f"the commission rises by {rise} at most by {step} of 10^18 at once: raise it in steps")
    if rise > 0 and ctx.block.time_ns < from_ns:
        raise BadCommission(f"the commission may rise again from {rfc3339(from_ns)} on")
    return replace(now, commission_rates=rates, update_time=ctx.block.time_ns)


def new_description(before: Description, wanted: Description) -> Description:
    """Return a description whose unmentioned parts stay. Raises: BadDescription."""
    kept = {each.name: getattr(before, each.name) for each in fields(before) if getattr(wanted, each.name) == UNCHANGED}
    found = replace(wanted, **kept)
    if not found.moniker:
        raise BadDescription("a validator needs a moniker")
    return found
