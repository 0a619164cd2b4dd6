"""Shares given and taken: the one place where bonds change."""

from dataclasses import replace

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.machine.genesis import MAX_TOTAL_POWER
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.validators.staking import events, formulas, operations
from qos.modules.validators.staking.errors import (
    BondTooSmall,
    PowerTooLarge,
    SelfBondTooSmall,
    TooLittle,
    ValidatorNotActive,
    WrongAsset,
)
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.operations import POOL
from qos.modules.validators.staking.parameters import params
from qos.modules.validators.staking.state import BONDS, BONDS_OF, ORDER, VALIDATORS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_staking_v1 import Bond, Params, Status, Validator

PRESENT = b"\x01"
_STATUS_WORDS = {Status.STATUS_INACTIVE: "inactive", Status.STATUS_CLOSED: "closed"}


def amount_of(rules: Params, coin: Coin) -> int:
    """Return the aqos a message names. Raises: WrongAsset."""
    if coin.denom != rules.bond_denom or coin.amount <= 0:
        raise WrongAsset(f"bonds are positive amounts of {rules.bond_denom}, not {coin.amount}{coin.denom[:128]}")
    return coin.amount


def require_active(validator: Validator) -> None:
    """Refuse a validator that takes no bonds. Raises: ValidatorNotActive."""
    if not operations.is_active(validator):
        raise ValidatorNotActive(validator.owner, _STATUS_WORDS[validator.status])


def store(ctx: Context, before: Validator | None, after: Validator) -> None:
    """Write a validator, and its place among the active ones."""
    old, new = _place(before), _place(after)
    if old != new:
        if old is not None:
            ORDER.delete(ctx, old)
        if new is not None:
            ORDER.set(ctx, new, after.owner)
    VALIDATORS.set(ctx, after.owner, after)


def _place(validator: Validator | None) -> tuple[int, int] | None:
    if validator is None or not validator.tokens or not operations.is_active(validator):
        return None
    return validator.tokens, validator.number


def delegate(ctx: Context, hooks: Hooks, delegator: Address, owner: Address, amount: int) -> Validator:
    """Bond an account's aqos behind an active validator (WP 3.4).

    Raises: UnknownValidator, ValidatorNotActive, InsufficientFunds, PowerTooLarge, TooLittle.
    """
    validator = operations.require_validator(ctx, owner)
    require_active(validator)
    bank.move(ctx, delegator, POOL, Coin(denom=params(ctx).bond_denom, amount=amount))
    grown = add(ctx, hooks, delegator, validator, amount)
    events.delegated(ctx, delegator, owner, amount, grown.shares - validator.shares)
    return grown


def add(ctx: Context, hooks: Hooks, delegator: Address, validator: Validator, amount: int) -> Validator:
    """Give an account shares for aqos that lie in the pool already; returns the validator as it is then.

    Raises: PowerTooLarge, TooLittle.
    """
    if formulas.power_of(bank.balance(ctx, POOL, params(ctx).bond_denom)) > MAX_TOTAL_POWER:
        raise PowerTooLarge(f"all bonds together would exceed a power of {MAX_TOTAL_POWER}")
    shares = formulas.shares_for(amount, validator.tokens, validator.shares)
    if not shares:
        raise TooLittle(f"{amount} aqos buy no share of this validator: bond more")
    bond = operations.get_bond(ctx, delegator, validator.owner)
    for hook in hooks:
        hook.bond_changing(ctx, delegator, validator, bond)
    grown = replace(validator, tokens=validator.tokens + amount, shares=validator.shares + shares)
    store(ctx, validator, grown)
    if bond is None:
        after = Bond(delegator=delegator, validator=validator.owner, shares=shares)
        BONDS_OF.set(ctx, (delegator, validator.owner), PRESENT)
    else:
        after = replace(bond, shares=bond.shares + shares)
    BONDS.set(ctx, (validator.owner, delegator), after)
    for hook in hooks:
        hook.bond_changed(ctx, delegator, grown, after)
    return grown


def take(ctx: Context, hooks: Hooks, validator: Validator, bond: Bond, amount: int) -> tuple[Validator, int]:
    """Take shares worth an amount from a bond; returns the validator as it is then and the aqos that are free now.

    Who takes all it has gets what that is worth, and the last of a validator's shares take all its tokens.
    Raises: BondTooSmall.
    """
    worth = operations.bond_value(validator, bond.shares)
    if amount > worth:
        raise BondTooSmall(worth, amount)
    if amount == worth:
        return take_shares(ctx, hooks, validator, bond, bond.shares)
    shares = formulas.shares_to_take(amount, bond.shares, validator.tokens, validator.shares)
    shrunk, _ = take_shares(ctx, hooks, validator, bond, shares, amount)
    return shrunk, amount


def take_shares(
    ctx: Context, hooks: Hooks, validator: Validator, bond: Bond, shares: int, amount: int | None = None
) -> tuple[Validator, int]:
    """Take shares from a bond for their worth, or for an amount below it; returns as `take`."""
    free = operations.bond_value(validator, shares) if amount is None else amount
    if shares == validator.shares:
        free = validator.tokens
    for hook in hooks:
        hook.bond_changing(ctx, bond.delegator, validator, bond)
    shrunk = replace(validator, tokens=validator.tokens - free, shares=validator.shares - shares)
    store(ctx, validator, shrunk)
    key = (validator.owner, bond.delegator)
    after = replace(bond, shares=bond.shares - shares) if shares < bond.shares else None
    if after is None:
        BONDS.delete(ctx, key)
        BONDS_OF.delete(ctx, (bond.delegator, validator.owner))
    else:
        BONDS.set(ctx, key, after)
    for hook in hooks:
        hook.bond_changed(ctx, bond.delegator, shrunk, after)
    return shrunk, free


def check_self_bond(ctx: Context, validator: Validator) -> None:
    """Refuse an active validator whose own bond is below its minimum (V5). Raises: SelfBondTooSmall."""
    least = max(params(ctx).min_self_bond, validator.min_self_bond)
    left = operations.self_bond(ctx, validator)
    if operations.is_active(validator) and left < least:
        raise SelfBondTooSmall(left, least)


def pay(ctx: Context, delegator: Address, amount: int) -> None:
    """Pay aqos that are free from the pool to an account."""
    if amount:
        bank.move(ctx, POOL, delegator, Coin(denom=params(ctx).bond_denom, amount=amount))


def forfeit(ctx: Context, amount: int) -> None:
    """Pay slashed aqos to the community pool (V2)."""
    pay(ctx, COMMUNITY_POOL, amount)
