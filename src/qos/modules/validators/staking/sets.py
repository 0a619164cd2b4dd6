"""Who makes blocks: the largest active validators, told to the engine a block at a time (V7)."""

from qos.base.identifiers import Address
from qos.machine.abci import ValidatorUpdate
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.modules.validators.staking import formulas, operations
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.parameters import params
from qos.modules.validators.staking.standing import DELAY
from qos.modules.validators.staking.state import (
    HISTORICAL_ENTRIES,
    LEAVING,
    NEWEST_SET,
    OLDEST_SET,
    ORDER,
    SETS,
    VALIDATORS,
)
from qos.proto.records.qos_staking_v1 import BondedSet, Member
from qos.store.access import Reads


def check(ctx: ReadContext, validators: tuple[ValidatorUpdate, ...]) -> None:
    """Refuse a genesis whose validators are not those of stake. Raises: BadGenesis."""
    wanted = {member.consensus_key: member.power for member in operations.bonded_set(ctx).members}
    if wanted != {validator.public_key: validator.power for validator in validators}:
        raise BadGenesis("staking: the validators of genesis are not the bonded ones with the power of their bonds")


def wanted_tokens(ctx: Reads) -> dict[Address, int]:
    """Return who should be in the set with what is bonded to them, largest first."""
    found: dict[Address, int] = {}
    for (tokens, _), owner in ORDER.items(ctx, limit=params(ctx).max_validators, reverse=True):
        if formulas.power_of(tokens):
            found[owner] = tokens
    return found


def updates(ctx: Context, *, hooks: Hooks) -> tuple[ValidatorUpdate, ...]:
    """Record the set that signs from the height after next on; returns what the engine has to change."""
    forget(ctx)
    told = operations.bonded_set(ctx).members
    wanted = wanted_tokens(ctx)
    if {member.validator: member.tokens for member in told} == wanted and all(
        formulas.power_of(member.tokens) == member.power for member in told
    ):
        return ()
    members = _next_members(ctx, told, wanted)
    if members == told:
        return ()
    height = ctx.block.height + DELAY
    record(ctx, BondedSet(height=height, members=members))
    return _changes(ctx, hooks, told, members, height)


def _next_members(ctx: Context, told: tuple[Member, ...], wanted: dict[Address, int]) -> tuple[Member, ...]:
    keys = {member.validator: member.consensus_key for member in told}
    absent = [owner for owner in keys if owner not in wanted]
    found = {owner: VALIDATORS.get(ctx, owner) for owner in absent}
    struck = frozenset(owner for owner, validator in found.items() if validator is not None and validator.tombstoned)
    powers = formulas.next_powers(
        {member.validator: member.power for member in told},
        {owner: formulas.power_of(tokens) for owner, tokens in wanted.items()},
        struck,
        params(ctx).min_validators,
    )
    for owner in powers:
        if owner not in keys:
            keys[Address(owner)] = operations.require_validator(ctx, Address(owner)).consensus_key
    return tuple(
        [
            Member(
                validator=Address(owner),
                consensus_key=keys[Address(owner)],
                power=powers[owner],
                tokens=wanted.get(Address(owner), 0),
            )
            for owner in sorted(powers)
        ]
    )


def _changes(
    ctx: Context, hooks: Hooks, told: tuple[Member, ...], members: tuple[Member, ...], height: int
) -> tuple[ValidatorUpdate, ...]:
    before = {member.consensus_key: member for member in told}
    after = {member.consensus_key: member for member in members}
    for key in sorted(before):
        if key not in after:
            LEAVING.add(ctx, (height, before[key].validator))
            for hook in hooks:
                hook.set_left(ctx, before[key], height - 1)
    for key in sorted(after):
        if key not in before:
            for hook in hooks:
                hook.set_joined(ctx, after[key], height)
    powers = {key: after[key].power if key in after else 0 for key in sorted({**before, **after})}
    return tuple(
        [
            ValidatorUpdate(public_key=key, power=power)
            for key, power in powers.items()
            if key not in before or before[key].power != power
        ]
    )


def record(ctx: Context, newest: BondedSet) -> None:
    """Record a set that signs from a later height on than all that are recorded."""
    SETS.set(ctx, newest.height, newest)
    NEWEST_SET.set(ctx, newest.height)
    if OLDEST_SET.get(ctx) is None:
        OLDEST_SET.set(ctx, newest.height)


def forget(ctx: Context) -> None:
    """Forget a set that signed none of the newest heights."""
    oldest = OLDEST_SET.get(ctx)
    if oldest is None or oldest == NEWEST_SET.get(ctx):
        return
    second, _ = next(SETS.items(ctx, start_after=oldest, limit=1))
    # The first set is done with once the second signs from a height that is forgotten on.
    if second <= ctx.block.height - HISTORICAL_ENTRIES:
        SETS.delete(ctx, oldest)
        OLDEST_SET.set(ctx, second)
