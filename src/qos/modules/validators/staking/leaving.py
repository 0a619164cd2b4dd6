"""Bonds that move away or return: by wish, when they complete, when a validator closes."""

from dataclasses import replace

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.validators.staking import bonding, events, operations, outflows
from qos.modules.validators.staking.errors import (
    BondTooSmall,
    NoBond,
    NothingDue,
    NoUndelegation,
    SameValidator,
    SecondHop,
    TooManyEntries,
)
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.parameters import params
from qos.modules.validators.staking.state import (
    BONDS,
    BY_CONSENSUS,
    CLOSED,
    COMPLETING,
    PAIR_OF_ADDRESSES,
    REDELEGATIONS,
    REDELEGATIONS_OF,
    REDELEGATIONS_TO,
    SETTLING,
    SLASHES,
    UNDELEGATIONS,
    VALIDATORS,
)
from qos.proto.records.qos_staking_v1 import Redelegation, Status, Undelegation, Validator
from qos.store.keys import ADDRESS


def undelegate(ctx: Context, hooks: Hooks, delegator: Address, owner: Address, amount: int) -> tuple[int, int]:
    """Take a bond back, in any state of the validator (V6); returns when it is paid, and how much.

    From a closed validator it is paid at once.
    Raises: UnknownValidator, NoBond, TooManyEntries, BondTooSmall, SelfBondTooSmall.
    """
    validator, free = _take(ctx, hooks, delegator, owner, amount)
    if validator.status is Status.STATUS_CLOSED:
        bonding.pay(ctx, delegator, free)
        events.undelegated(ctx, delegator, owner, free, ctx.block.time_ns)
        return ctx.block.time_ns, free
    rules = params(ctx)
    if len(outflows.pair_entries(ctx, delegator, owner)) >= rules.max_entries:
        raise TooManyEntries(f"at most {rules.max_entries} undelegations of a pair run at a time: wait for one")
    completes = ctx.block.time_ns + rules.unbonding_time
    entry = Undelegation(
        id=outflows.next_id(ctx),
        delegator=delegator,
        validator=owner,
        amount=free,
        balance=free,
        height=ctx.block.height,
        completes=completes,
        next_slash=validator.slashes,
    )
    outflows.add_undelegation(ctx, entry)
    events.undelegated(ctx, delegator, owner, free, completes)
    return completes, free


def _take(ctx: Context, hooks: Hooks, delegator: Address, owner: Address, amount: int) -> tuple[Validator, int]:
    operations.require_validator(ctx, owner)
    outflows.settle_into(ctx, hooks, delegator, owner)
    validator = operations.require_validator(ctx, owner)
    bond = operations.get_bond(ctx, delegator, owner)
    if bond is None:
        raise NoBond(owner)
    validator, free = bonding.take(ctx, hooks, validator, bond, amount)
    if delegator == owner:
        bonding.check_self_bond(ctx, validator)
    return validator, free


def redelegate(
    ctx: Context, hooks: Hooks, delegator: Address, source: Address, destination: Address, amount: int
) -> int:
    """Move a bond to another active validator; returns until when it answers for the first one.

    Raises: SameValidator, UnknownValidator, ValidatorNotActive, SecondHop, TooManyEntries, NoBond, BondTooSmall,
    SelfBondTooSmall, PowerTooLarge, TooLittle.
    """
    if source == destination:
        raise SameValidator("the bond is there already: name another validator")
    bonding.require_active(operations.require_validator(ctx, destination))
    if next(REDELEGATIONS_TO.items(ctx, PAIR_OF_ADDRESSES.encode((source, delegator)), limit=1), None) is not None:
        raise SecondHop("a bond moved here does not move on before that redelegation completes")
    rules = params(ctx)
    running = [entry for entry in redelegations_of(ctx, delegator, source) if entry.destination == destination]
    if len(running) >= rules.max_entries:
        raise TooManyEntries(f"at most {rules.max_entries} redelegations of a pair run at a time: wait for one")
    left, free = _take(ctx, hooks, delegator, source, amount)
    before = operations.get_bond(ctx, delegator, destination)
    bonding.add(ctx, hooks, delegator, operations.require_validator(ctx, destination), free)
    after = operations.get_bond(ctx, delegator, destination)
    completes = ctx.block.time_ns + rules.unbonding_time
    entry = Redelegation(
        id=outflows.next_id(ctx),
        delegator=delegator,
        source=source,
        destination=destination,
        amount=free,
        balance=free,
        shares=(after.shares if after is not None else 0) - (before.shares if before is not None else 0),
        height=ctx.block.height,
        completes=completes,
        next_slash=left.slashes,
    )
    outflows.add_redelegation(ctx, entry)
    events.redelegated(ctx, entry)
    return completes


def redelegations_of(ctx: Context, delegator: Address, source: Address) -> tuple[Redelegation, ...]:
    """Return what an account moved away from a validator and still answers for it."""
    keys = REDELEGATIONS_OF.items(ctx, PAIR_OF_ADDRESSES.encode((delegator, source)))
    found = [REDELEGATIONS.get(ctx, (source, number)) for (_, _, number), _ in keys]
    return tuple([entry for entry in found if entry is not None])


def cancel(ctx: Context, hooks: Hooks, delegator: Address, owner: Address, height: int, amount: int) -> None:
    """Bond again what is being taken back since a height.

    Raises: UnknownValidator, ValidatorNotActive, NoUndelegation, BondTooSmall, TooLittle.
    """
    bonding.require_active(operations.require_validator(ctx, owner))
    _settle_all(ctx, hooks, delegator, owner)
    found = [entry for entry in outflows.pair_entries(ctx, delegator, owner) if entry.height == height]
    running = [entry for entry in found if entry.completes > ctx.block.time_ns]
    if not running:
        raise NoUndelegation(f"nothing is being taken back from here since height {height}")
    entry = max(running, key=lambda each: each.balance)
    if amount > entry.balance:
        raise BondTooSmall(entry.balance, amount)
    outflows.drop_undelegation(ctx, entry)
    if amount < entry.balance:
        rest = replace(entry, amount=entry.amount - amount, balance=entry.balance - amount)
        outflows.add_undelegation(ctx, rest)
    bonding.add(ctx, hooks, delegator, operations.require_validator(ctx, owner), amount)
    events.cancelled(ctx, entry, amount)


def _settle_all(ctx: Context, hooks: Hooks, delegator: Address, owner: Address) -> None:
    outflows.settle_into(ctx, hooks, delegator, owner)
    for entry in outflows.pair_entries(ctx, delegator, owner):
        outflows.settle_undelegation(ctx, entry)


def pay_out(ctx: Context, hooks: Hooks, entry: Undelegation) -> int:
    """Pay what slashes left of an undelegation, and forget it."""
    outflows.settle_into(ctx, hooks, entry.delegator, entry.validator)
    found = UNDELEGATIONS.get(ctx, (entry.validator, entry.id)) or entry
    settled = outflows.settle_undelegation(ctx, found)
    outflows.drop_undelegation(ctx, settled)
    bonding.pay(ctx, settled.delegator, settled.balance)
    events.undelegation_completed(ctx, settled)
    return settled.balance


def return_due(ctx: Context, hooks: Hooks, delegator: Address, owner: Address) -> int:
    """Pay an account what is due from a validator now; returns how much (V8). Raises: NothingDue."""
    validator = operations.get_validator(ctx, owner)
    closed = validator is not None and validator.status is Status.STATUS_CLOSED
    entries = outflows.pair_entries(ctx, delegator, owner)
    due = [entry for entry in entries if closed or entry.completes <= ctx.block.time_ns]
    has_bond = closed and operations.get_bond(ctx, delegator, owner) is not None
    if not due and not has_bond:
        raise NothingDue("nothing is due now: undelegations are paid when they complete, bonds when a validator closes")
    paid = sum([pay_out(ctx, hooks, entry) for entry in due])
    return paid + (return_bond(ctx, hooks, delegator, owner) if has_bond else 0)


def return_bond(ctx: Context, hooks: Hooks, delegator: Address, owner: Address) -> int:
    """Pay the whole bond behind a closed validator to its account; returns how much."""
    outflows.settle_into(ctx, hooks, delegator, owner)
    validator = operations.require_validator(ctx, owner)
    bond = operations.get_bond(ctx, delegator, owner)
    if bond is None:
        return 0
    _, free = bonding.take_shares(ctx, hooks, validator, bond, bond.shares)
    bonding.pay(ctx, delegator, free)
    events.returned(ctx, delegator, owner, free)
    return free


def complete_due(ctx: Context, hooks: Hooks, limit: int) -> int:
    """Pay undelegations and end redelegations that complete; returns how many."""
    due = []
    for (completes, number), owner in COMPLETING.items(ctx, limit=limit):
        if completes > ctx.block.time_ns:
            break
        due.append((number, owner))
    for number, owner in due:
        undelegation = UNDELEGATIONS.get(ctx, (owner, number))
        if undelegation is not None:
            pay_out(ctx, hooks, undelegation)
        redelegation = REDELEGATIONS.get(ctx, (owner, number))
        if redelegation is not None:
            outflows.settle_redelegation(ctx, hooks, redelegation)
            settled = REDELEGATIONS.get(ctx, (owner, number)) or redelegation
            outflows.drop_redelegation(ctx, settled)
            events.redelegation_completed(ctx, settled)
    return len(due)


def return_all(ctx: Context, hooks: Hooks, limit: int) -> int:
    """Return what is bonded behind closed validators, and forget those behind which nothing is; returns how many."""
    done = 0
    for owner in CLOSED.keys(ctx):
        if done >= limit:
            break
        within = ADDRESS.encode(owner)
        entries = [entry for _, entry in UNDELEGATIONS.items(ctx, within, limit=limit - done)]
        for entry in entries:
            pay_out(ctx, hooks, entry)
        done += len(entries)
        delegators = [bond.delegator for _, bond in BONDS.items(ctx, within, limit=max(limit - done, 0))]
        for delegator in delegators:
            return_bond(ctx, hooks, delegator, owner)
        done += len(delegators) + 1
        if done <= limit and not SETTLING.has(ctx, owner):
            _remove(ctx, hooks, owner)
    return done


def _remove(ctx: Context, hooks: Hooks, owner: Address) -> None:
    validator = operations.require_validator(ctx, owner)
    for hook in hooks:
        hook.removed(ctx, validator)
    for key, _ in SLASHES.items(ctx, ADDRESS.encode(owner)):
        SLASHES.delete(ctx, key)
    BY_CONSENSUS.delete(ctx, operations.consensus_address(validator.consensus_key))
    VALIDATORS.delete(ctx, owner)
    CLOSED.delete(ctx, owner)
