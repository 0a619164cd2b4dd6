"""What stake tells of bonds: types and attributes as clients of Cosmos chains read them, and one of our own.

Validators and delegators can be searched for, what is only read about them cannot.
"""

from qos.base.blocktime import rfc3339
from qos.base.identifiers import VALIDATOR_PREFIX, Address, format_address
from qos.machine.context import Context
from qos.modules.validators.staking.parameters import params
from qos.proto.decimals import written
from qos.proto.records.qos_staking_v1 import Redelegation, Undelegation, Validator

_READ_ONLY = (
    "amount",
    "commission_rate",
    "completion_time",
    "creation_height",
    "min_self_delegation",
    "new_shares",
)


def created(ctx: Context, owner: Address, amount: int) -> None:
    """Tell that there is a new validator, and of its own bond."""
    _tell(ctx, "create_validator", ("validator", _operator(owner)), ("amount", _coin(ctx, amount)))


def edited(ctx: Context, validator: Validator) -> None:
    """Tell what a validator says now of commission and its own bond."""
    rate = written(str(validator.commission.commission_rates.rate))
    promised = ("min_self_delegation", str(validator.min_self_bond))
    _tell(ctx, "edit_validator", ("validator", _operator(validator.owner)), ("commission_rate", rate), promised)


def delegated(ctx: Context, delegator: Address, owner: Address, amount: int, shares: int) -> None:
    """Tell that aqos of an account were bonded; shares are told as clients count them, as decimals."""
    pair, bought = _pair(delegator, owner), written(f"{shares}{'0' * 18}")
    _tell(ctx, "delegate", *pair, ("amount", _coin(ctx, amount)), ("new_shares", bought))


def undelegated(ctx: Context, delegator: Address, owner: Address, amount: int, completes: int) -> None:
    """Tell that a bond is being taken back, and when it is paid."""
    amount_and_time = ("amount", _coin(ctx, amount)), ("completion_time", rfc3339(completes))
    _tell(ctx, "unbond", *_pair(delegator, owner), *amount_and_time)


def redelegated(ctx: Context, moved: Redelegation) -> None:
    """Tell that a bond was moved, and until when it answers for the validator it left."""
    amount_and_time = ("amount", _coin(ctx, moved.amount)), ("completion_time", rfc3339(moved.completes))
    _tell(ctx, "redelegate", *_move(moved), *amount_and_time)


def cancelled(ctx: Context, entry: Undelegation, amount: int) -> None:
    """Tell that what was being taken back is bonded again."""
    pair, since = _pair(entry.delegator, entry.validator), ("creation_height", str(entry.height))
    _tell(ctx, "cancel_unbonding_delegation", *pair, ("amount", _coin(ctx, amount)), since)


def undelegation_completed(ctx: Context, entry: Undelegation) -> None:
    """Tell that an undelegation was paid, what slashes left of it."""
    pair = _pair(entry.delegator, entry.validator)
    _tell(ctx, "complete_unbonding", *pair, ("amount", _coin(ctx, entry.balance)))


def redelegation_completed(ctx: Context, moved: Redelegation) -> None:
    """Tell that a moved bond answers for the validator it left no more."""
    _tell(ctx, "complete_redelegation", *_move(moved), ("amount", _coin(ctx, moved.balance)))


def returned(ctx: Context, delegator: Address, owner: Address, amount: int) -> None:
    """Tell that a bond behind a closed validator returned to its account."""
    _tell(ctx, "return_bond", *_pair(delegator, owner), ("amount", _coin(ctx, amount)))


def _tell(ctx: Context, kind: str, *attributes: tuple[str, str]) -> None:
    ctx.emit(kind, attributes, unindexed=_READ_ONLY)


def _pair(delegator: Address, owner: Address) -> tuple[tuple[str, str], ...]:
    return ("validator", _operator(owner)), ("delegator", format_address(delegator))


def _move(moved: Redelegation) -> tuple[tuple[str, str], ...]:
    return (
        ("source_validator", _operator(moved.source)),
        ("destination_validator", _operator(moved.destination)),
        ("delegator", format_address(moved.delegator)),
    )


def _operator(owner: Address) -> str:
    return format_address(owner, VALIDATOR_PREFIX)


def _coin(ctx: Context, amount: int) -> str:
    return f"{amount}{params(ctx).bond_denom}"
