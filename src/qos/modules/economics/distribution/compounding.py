"""Compounding (V8): what a bond has earned is added to it, at most daily."""

from dataclasses import replace
from functools import partial
from itertools import islice

from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.context import Context
from qos.machine.scope import attempt
from qos.modules.economics.distribution import formulas, rewards
from qos.modules.economics.distribution.errors import (
    CompoundedToday,
    NoDelegation,
    NotCompounding,
    NothingToCompound,
)
from qos.modules.economics.distribution.params import params
from qos.modules.economics.distribution.state import CLAIMS, COMPOUNDING
from qos.modules.validators.staking import bonding
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_distribution_v1 import Claim

PER_BLOCK = 100
"""How many bonds that were touched compound at the end of a block; the others wait for the next."""


def is_due(ctx: Context, claim: Claim) -> bool:
    """Tell whether the last compounding of a bond is long enough ago."""
    return claim.compounded is None or claim.compounded + params(ctx).compounding_interval <= ctx.block.time_ns


def wait(ctx: Context, validator: Address, delegator: Address) -> None:
    """Let a bond that was touched compound at the end of a block, when it is due and has earned something."""
    claim = CLAIMS.get(ctx, (validator, delegator))
    if claim is not None and is_due(ctx, claim) and formulas.payable(claim.owed)[0]:
        COMPOUNDING.add(ctx, (validator, delegator))


def compound(ctx: Context, hooks: Hooks, validator: Address, delegator: Address) -> int:
    """Add what a bond has earned to it, over the delegator's account; returns how much.

    Raises: NoDelegation, CompoundedToday, NothingToCompound, and as `staking.bonding.delegate`.
    """
    bond = staking.get_bond(ctx, delegator, validator)
    if bond is None:
        raise NoDelegation("this account has no bond with this validator")
    claim = rewards.settle(ctx, validator, delegator, bond.shares)
    if not is_due(ctx, claim):
        raise CompoundedToday("rewards were added to this bond less than a day ago: try again later")
    CLAIMS.set(ctx, (validator, delegator), replace(claim, compounded=ctx.block.time_ns))
    amount = rewards.pay(ctx, validator, delegator, delegator)
    if not amount:
        raise NothingToCompound("this bond has earned less than one aqos since it was last paid")
    bonding.delegate(ctx, hooks, delegator, validator, amount)
    return amount


def compound_for(ctx: Context, hooks: Hooks, sender: Address, validator: Address, delegator: Address) -> Coin:
    """Compound by message: for oneself, or for a bond that asks for it. Raises: NotCompounding, as `compound`."""
    bond = staking.get_bond(ctx, delegator, validator)
    if bond is not None and not bond.compounding and sender != delegator:
        raise NotCompounding("this bond does not ask for compounding: only its delegator may do it")
    return Coin(denom=BASE_DENOM, amount=compound(ctx, hooks, validator, delegator))


def compound_waiting(ctx: Context, hooks: Hooks) -> None:
    """The end step: compound bonds that were touched, a bounded number of them; what is refused stays owed."""
    for validator, delegator in list(islice(COMPOUNDING.keys(ctx), PER_BLOCK)):
        COMPOUNDING.delete(ctx, (validator, delegator))
        attempt(ctx, partial(_compound_one, hooks=hooks, validator=validator, delegator=delegator))


def _compound_one(ctx: Context, *, hooks: Hooks, validator: Address, delegator: Address) -> int:
    return compound(ctx, hooks, validator, delegator)
