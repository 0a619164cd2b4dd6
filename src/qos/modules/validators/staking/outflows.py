"""What left a validator and may still be slashed: entries, their sums, and slashes carried to them (V4)."""

from dataclasses import replace
from typing import Final

from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.validators.staking import bonding, formulas, operations, standing
from qos.modules.validators.staking.bonding import PRESENT
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.state import (
    COMPLETING,
    NEXT_ENTRY,
    OUTFLOWS,
    PAIR_OF_ADDRESSES,
    REDELEGATIONS,
    REDELEGATIONS_OF,
    REDELEGATIONS_TO,
    SETTLING,
    SLASHES,
    UNDELEGATIONS,
    UNDELEGATIONS_OF,
)
from qos.proto.records.qos_staking_v1 import Redelegation, Undelegation
from qos.store.access import Reads
from qos.store.keys import ADDRESS, U64

SPAN: Final = 1024
"""Heights that one row of level 1 sums up; a slash reads at most so many rows of level 0."""


def next_id(ctx: Context) -> int:
    """Take the next id of an entry."""
    number = NEXT_ENTRY.get(ctx) or 0
    NEXT_ENTRY.set(ctx, number + 1)
    return number


def add_undelegation(ctx: Context, entry: Undelegation) -> None:
    """Record that a bond is being taken back."""
    UNDELEGATIONS.set(ctx, (entry.validator, entry.id), entry)
    UNDELEGATIONS_OF.set(ctx, (entry.delegator, entry.validator, entry.id), PRESENT)
    COMPLETING.set(ctx, (entry.completes, entry.id), entry.validator)
    flow(ctx, entry.validator, entry.height, entry.amount)


def drop_undelegation(ctx: Context, entry: Undelegation) -> None:
    """Forget an undelegation that was paid or cancelled in full."""
    UNDELEGATIONS.delete(ctx, (entry.validator, entry.id))
    UNDELEGATIONS_OF.delete(ctx, (entry.delegator, entry.validator, entry.id))
    COMPLETING.delete(ctx, (entry.completes, entry.id))
    flow(ctx, entry.validator, entry.height, -entry.amount)


def add_redelegation(ctx: Context, entry: Redelegation) -> None:
    """Record that a bond was moved."""
    REDELEGATIONS.set(ctx, (entry.source, entry.id), entry)
    REDELEGATIONS_OF.set(ctx, (entry.delegator, entry.source, entry.id), PRESENT)
    REDELEGATIONS_TO.set(ctx, (entry.destination, entry.delegator, entry.id), entry.source)
    COMPLETING.set(ctx, (entry.completes, entry.id), entry.source)
    flow(ctx, entry.source, entry.height, entry.amount)


def drop_redelegation(ctx: Context, entry: Redelegation) -> None:
    """Forget a redelegation that answers for nothing any more."""
    REDELEGATIONS.delete(ctx, (entry.source, entry.id))
    REDELEGATIONS_OF.delete(ctx, (entry.delegator, entry.source, entry.id))
    REDELEGATIONS_TO.delete(ctx, (entry.destination, entry.delegator, entry.id))
    COMPLETING.delete(ctx, (entry.completes, entry.id))
    flow(ctx, entry.source, entry.height, -entry.amount)


def flow(ctx: Context, owner: Address, height: int, amount: int) -> None:
    """Add to what left a validator at a height, or take away again."""
    for level, span in ((0, height), (1, height // SPAN)):
        key = (owner, level, span)
        total = (OUTFLOWS.get(ctx, key) or 0) + amount
        if total:
            OUTFLOWS.set(ctx, key, total)
        else:
            OUTFLOWS.delete(ctx, key)


def left_since(ctx: Reads, owner: Address, height: int) -> int:
    """Return what left a validator at a height or later and has not completed. Reads SPAN rows and the later spans."""
    span, own = height // SPAN, ADDRESS.encode(owner)
    total = 0
    for (_, _, at), amount in OUTFLOWS.items(ctx, own + U64.encode(0), (owner, 0, max(height, 1) - 1)):
        if at >= (span + 1) * SPAN:
            break
        total += amount
    later = OUTFLOWS.items(ctx, own + U64.encode(1), (owner, 1, span))
    return total + sum([amount for _, amount in later])


def settled_balance(ctx: Reads, owner: Address, height: int, next_slash: int, balance: int) -> tuple[int, int]:
    """Return what slashes from a number on leave of an entry begun at a height, and the number after the last."""
    after = None if next_slash == 0 else (owner, next_slash - 1)
    for (_, number), slash in SLASHES.items(ctx, ADDRESS.encode(owner), after):
        if slash.height <= height:
            balance -= formulas.loss(balance, slash.taken, slash.of)
        next_slash = number + 1
    return balance, next_slash


def settle_undelegation(ctx: Context, entry: Undelegation) -> Undelegation:
    """Carry slashes to an undelegation; returns it as it is then."""
    balance, next_slash = settled_balance(ctx, entry.validator, entry.height, entry.next_slash, entry.balance)
    if next_slash == entry.next_slash:
        return entry
    bonding.forfeit(ctx, entry.balance - balance)
    settled = replace(entry, balance=balance, next_slash=next_slash)
    UNDELEGATIONS.set(ctx, (entry.validator, entry.id), settled)
    return settled


def settle_redelegation(ctx: Context, hooks: Hooks, entry: Redelegation) -> None:
    """Carry slashes to a redelegation: its bond at the destination pays, then what is taken back from there."""
    balance, next_slash = settled_balance(ctx, entry.source, entry.height, entry.next_slash, entry.balance)
    if next_slash == entry.next_slash:
        return
    REDELEGATIONS.set(ctx, (entry.source, entry.id), replace(entry, balance=balance, next_slash=next_slash))
    owed = entry.balance - balance
    owed -= _take_from_bond(ctx, hooks, entry, owed)
    if owed:
        _take_from_undelegations(ctx, entry, owed)


def _take_from_bond(ctx: Context, hooks: Hooks, entry: Redelegation, owed: int) -> int:
    validator = operations.get_validator(ctx, entry.destination)
    bond = operations.get_bond(ctx, entry.delegator, entry.destination)
    if validator is None or bond is None or not owed:
        return 0
    amount = min(owed, operations.bond_value(validator, bond.shares))
    if not amount:
        return 0
    left, free = bonding.take(ctx, hooks, validator, bond, amount)
    bonding.forfeit(ctx, free)
    standing.keep_standing(ctx, hooks, left)
    return min(free, owed)


def _take_from_undelegations(ctx: Context, entry: Redelegation, owed: int) -> None:
    """Let what was taken back from the destination since pay; a pair has few entries."""
    for found in pair_entries(ctx, entry.delegator, entry.destination):
        settled = settle_undelegation(ctx, found)
        part = min(owed, settled.balance) if settled.height >= entry.height else 0
        if part:
            bonding.forfeit(ctx, part)
            key = (settled.validator, settled.id)
            UNDELEGATIONS.set(ctx, key, replace(settled, balance=settled.balance - part))
            owed -= part


def settle_into(ctx: Context, hooks: Hooks, delegator: Address, owner: Address) -> None:
    """Carry slashes to all that an account moved to a validator, before its bond there is touched."""
    within = PAIR_OF_ADDRESSES.encode((owner, delegator))
    for (_, _, number), source in REDELEGATIONS_TO.items(ctx, within):
        entry = REDELEGATIONS.get(ctx, (source, number))
        if entry is not None:
            settle_redelegation(ctx, hooks, entry)


def pair_entries(ctx: Reads, delegator: Address, owner: Address) -> tuple[Undelegation, ...]:
    """Return what an account is taking back from a validator, oldest first."""
    keys = UNDELEGATIONS_OF.items(ctx, PAIR_OF_ADDRESSES.encode((delegator, owner)))
    found = [UNDELEGATIONS.get(ctx, (owner, number)) for (_, _, number), _ in keys]
    return tuple([entry for entry in found if entry is not None])


def settle_some(ctx: Context, hooks: Hooks, limit: int) -> int:
    """Carry slashes to the next entries of validators that were slashed; returns how many were looked at (V8)."""
    done = 0
    for owner, start in SETTLING.items(ctx):
        if done >= limit:
            break
        entries = _entries_from(ctx, owner, start, limit - done)
        for entry in entries:
            if isinstance(entry, Undelegation):
                settle_undelegation(ctx, entry)
            else:
                settle_redelegation(ctx, hooks, entry)
        if len(entries) < limit - done:
            SETTLING.delete(ctx, owner)
        else:
            SETTLING.set(ctx, owner, entries[-1].id + 1)
        done += len(entries) + 1
    return done


def _entries_from(ctx: Reads, owner: Address, start: int, limit: int) -> tuple[Undelegation | Redelegation, ...]:
    """Return entries of a validator from an id on, in order of id."""
    within, after = ADDRESS.encode(owner), None if start == 0 else (owner, start - 1)
    found: list[Undelegation | Redelegation] = [entry for _, entry in UNDELEGATIONS.items(ctx, within, after, limit)]
    found += [entry for _, entry in REDELEGATIONS.items(ctx, within, after, limit)]
    return tuple(sorted(found, key=lambda entry: entry.id)[:limit])
