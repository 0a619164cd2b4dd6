"""The three states of a validator and the ways between them (WP 3.3.1; protocol section 6)."""

from dataclasses import replace
from typing import Final

from qos.base.blocktime import rfc3339
from qos.base.identifiers import VALIDATOR_PREFIX, format_address
from qos.machine.context import Context
from qos.modules.validators.staking import bonding, operations
from qos.modules.validators.staking.errors import (
    NotInactive,
    RevokedTooSoon,
    SelfBondTooSmall,
    Tombstoned,
    TooLate,
)
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.parameters import params, survival_ns
from qos.modules.validators.staking.state import CLOSED, LEAVING, SURVIVING, TOMBSTONES, VALIDATORS
from qos.proto.records.qos_staking_v1 import Reason, Status, Validator

DELAY: Final = 2
"""What a block tells the engine of its set holds from so many heights on."""


def deactivate(ctx: Context, hooks: Hooks, validator: Validator, reason: Reason) -> Validator:
    """Make an active validator inactive. Its survival runs from the height it no longer signs."""
    after = replace(
        validator,
        status=Status.STATUS_INACTIVE,
        reason=reason,
        deactivated=ctx.block.time_ns,
        deactivated_height=ctx.block.height,
        closes=None,
    )
    bonding.store(ctx, validator, after)
    told = {member.validator for member in operations.bonded_set(ctx).members}
    if validator.owner not in told:
        # It may sign the next block still: it was taken out of the set only now.
        LEAVING.add(ctx, (ctx.block.height + DELAY, validator.owner))
    _emit(ctx, "validator_inactive", after, ("reason", reason.name.removeprefix("REASON_").lower()))
    for hook in hooks:
        hook.deactivated(ctx, after)
    return after


def begin_survival(ctx: Context, limit: int) -> int:
    """Start the time to come back of validators that no longer sign; returns how many were looked at."""
    due = []
    for height, owner in LEAVING.keys(ctx, limit=limit):
        if height > ctx.block.height:
            break
        due.append((height, owner))
    if not due:
        return 0
    told = {member.validator for member in operations.bonded_set(ctx).members}
    for height, owner in due:
        LEAVING.delete(ctx, (height, owner))
        validator = VALIDATORS.get(ctx, owner)
        gone = validator is not None and validator.status is Status.STATUS_INACTIVE and owner not in told
        if validator is not None and gone and validator.closes is None:
            closes = ctx.block.time_ns + survival_ns(params(ctx))
            VALIDATORS.set(ctx, owner, replace(validator, closes=closes))
            SURVIVING.add(ctx, (closes, owner))
    return len(due)


def keep_standing(ctx: Context, hooks: Hooks, validator: Validator) -> Validator:
    """Make an active validator inactive when slashes left its own bond below the minimum (V5)."""
    least = params(ctx).min_self_bond
    if not operations.is_active(validator) or operations.self_bond(ctx, validator) >= least:
        return validator
    return deactivate(ctx, hooks, validator, Reason.REASON_SELF_BOND)


def tombstone(ctx: Context, hooks: Hooks, validator: Validator) -> None:
    """Bar a validator that signed twice, and its key, for ever (V2)."""
    TOMBSTONES.add(ctx, operations.consensus_address(validator.consensus_key))
    barred = replace(validator, tombstoned=True)
    VALIDATORS.set(ctx, validator.owner, barred)
    if operations.is_active(barred):
        deactivate(ctx, hooks, barred, Reason.REASON_DOUBLE_SIGN)


def revoke(ctx: Context, hooks: Hooks, validator: Validator) -> None:
    """Make an active validator inactive as its owner wishes. Raises: ValidatorNotActive, RevokedTooSoon (V6)."""
    bonding.require_active(validator)
    first_ns = validator.activated + params(ctx).revoke_wait
    if ctx.block.time_ns < first_ns:
        raise RevokedTooSoon(first_ns)
    deactivate(ctx, hooks, validator, Reason.REASON_REVOKED)


def activate(ctx: Context, hooks: Hooks, validator: Validator, top_up: int) -> None:
    """Bring an inactive validator back, with more bond of its own if it wishes.

    Raises: NotInactive, Tombstoned, TooLate, InsufficientFunds, TooLittle, SelfBondTooSmall.
    """
    if validator.tombstoned:
        raise Tombstoned("this validator signed twice: its bonds return when it closes, and its key never does")
    if validator.status is not Status.STATUS_INACTIVE:
        raise NotInactive("only an inactive validator is activated")
    if validator.closes is not None and ctx.block.time_ns >= validator.closes:
        raise TooLate(validator.closes)
    if validator.closes is not None:
        SURVIVING.delete(ctx, (validator.closes, validator.owner))
    after = replace(
        validator,
        status=Status.STATUS_ACTIVE,
        reason=Reason.REASON_UNSPECIFIED,
        activated=ctx.block.time_ns,
        deactivated=None,
        deactivated_height=0,
        closes=None,
    )
    bonding.store(ctx, validator, after)
    if top_up:
        after = bonding.delegate(ctx, hooks, validator.owner, validator.owner, top_up)
    least = max(params(ctx).min_self_bond, validator.min_self_bond)
    left = operations.self_bond(ctx, after)
    if left < least:
        raise SelfBondTooSmall(left, least)
    _emit(ctx, "validator_active", after)
    for hook in hooks:
        hook.activated(ctx, after)


def close_due(ctx: Context, hooks: Hooks, limit: int) -> int:
    """Close inactive validators whose time is over; returns how many."""
    due = []
    for closes, owner in SURVIVING.keys(ctx, limit=limit):
        if closes > ctx.block.time_ns:
            break
        due.append((closes, owner))
    for closes, owner in due:
        SURVIVING.delete(ctx, (closes, owner))
        validator = operations.require_validator(ctx, owner)
        closed = replace(validator, status=Status.STATUS_CLOSED)
        VALIDATORS.set(ctx, owner, closed)
        CLOSED.add(ctx, owner)
        _emit(ctx, "validator_closed", closed, ("at", rfc3339(closes)))
        for hook in hooks:
            hook.closed(ctx, closed)
    return len(due)


def _emit(ctx: Context, kind: str, validator: Validator, *more: tuple[str, str]) -> None:
    ctx.emit(kind, (("validator", format_address(validator.owner, VALIDATOR_PREFIX)), *more))
