"""Stake in genesis: validators made from what their owners hold, or a state that was exported."""

from qos.base.identifiers import Address
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank.pools import COMMUNITY_POOL_NAME
from qos.modules.validators.staking import bonding, creating, formulas, operations, outflows, sets
from qos.modules.validators.staking.errors import InvalidParams
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.operations import POOL_NAME
from qos.modules.validators.staking.parameters import PUBLIC, check, params
from qos.modules.validators.staking.standing import DELAY
from qos.modules.validators.staking.state import (
    BONDS,
    BONDS_OF,
    BY_CONSENSUS,
    CLOSED,
    HISTORICAL_ENTRIES,
    LEAVING,
    NEXT_ENTRY,
    NEXT_NUMBER,
    PARAMS,
    PAST,
    REDELEGATIONS,
    SETS,
    SETTLING,
    SLASHES,
    SURVIVING,
    TOMBSTONES,
    UNDELEGATIONS,
    VALIDATORS,
)
from qos.proto.records.qos_staking_v1 import BondedSet, GenesisState, Leaving, Member, Settling, Status


def load(ctx: Context, state: GenesisState, *, hooks: Hooks) -> None:
    """Import stake. Raises: BadGenesis, and what creating a validator refuses."""
    rules = state.params or PUBLIC
    try:
        check(rules)
    except InvalidParams as error:
        raise BadGenesis(f"staking: {error}") from None
    PARAMS.set(ctx, rules)
    accounts.ensure_module_account(ctx, POOL_NAME)
    accounts.ensure_module_account(ctx, COMMUNITY_POOL_NAME)
    if state.create and state.validators:
        raise BadGenesis("staking: a genesis creates validators or lists them, not both")
    if state.create:
        _create(ctx, state, hooks)
    else:
        _load_validators(ctx, state)
        _load_entries(ctx, state)
        _load_sets(ctx, state)


def _create(ctx: Context, state: GenesisState, hooks: Hooks) -> None:
    for each in state.create:
        creating.create(
            ctx, hooks, each.owner, each.consensus_key, each.description, each.commission, 0, each.self_bond
        )
    wanted = sets.wanted_tokens(ctx)
    if len(wanted) < params(ctx).min_validators:
        raise BadGenesis(f"staking: {len(wanted)} validators with power, at least {params(ctx).min_validators} needed")
    members = [
        Member(
            validator=owner,
            consensus_key=operations.require_validator(ctx, owner).consensus_key,
            power=formulas.power_of(wanted[owner]),
            tokens=wanted[owner],
        )
        for owner in sorted(wanted)
    ]
    height = ctx.block.height + 1
    sets.record(ctx, BondedSet(height=height, members=tuple(members)))
    for member in members:
        for hook in hooks:
            hook.set_joined(ctx, member, height)


def _load_validators(ctx: Context, state: GenesisState) -> None:
    for validator in state.validators:
        address = operations.consensus_address(validator.consensus_key)
        if VALIDATORS.has(ctx, validator.owner) or BY_CONSENSUS.has(ctx, address):
            raise BadGenesis("staking: an owner or a consensus key stands twice")
        if not validator.status or validator.number >= state.next_number or min(validator.tokens, validator.shares) < 0:
            raise BadGenesis(f"staking: validator {validator.number} has no status, number or amount that can be")
        bonding.store(ctx, None, validator)
        BY_CONSENSUS.set(ctx, address, validator.owner)
        if validator.status is Status.STATUS_CLOSED:
            CLOSED.add(ctx, validator.owner)
        elif validator.closes is not None:
            SURVIVING.add(ctx, (validator.closes, validator.owner))
    for bond in state.bonds:
        if BONDS.has(ctx, (bond.validator, bond.delegator)) or bond.shares <= 0:
            raise BadGenesis("staking: a bond stands twice or has no shares")
        BONDS.set(ctx, (bond.validator, bond.delegator), bond)
        BONDS_OF.set(ctx, (bond.delegator, bond.validator), bonding.PRESENT)
    if state.next_number:
        NEXT_NUMBER.set(ctx, state.next_number)


def _load_entries(ctx: Context, state: GenesisState) -> None:
    ids = [entry.id for entry in state.undelegations] + [entry.id for entry in state.redelegations]
    if len(set(ids)) != len(ids) or any(number >= state.next_entry for number in ids):
        raise BadGenesis("staking: an entry stands twice or its id is not below next_entry")
    for undelegation in state.undelegations:
        outflows.add_undelegation(ctx, undelegation)
    for redelegation in state.redelegations:
        outflows.add_redelegation(ctx, redelegation)
    for slash in state.slashes:
        SLASHES.set(ctx, (slash.validator, slash.number), slash)
    for settling in state.settling:
        SETTLING.set(ctx, settling.validator, settling.next_entry)
    if state.next_entry:
        NEXT_ENTRY.set(ctx, state.next_entry)


def _load_sets(ctx: Context, state: GenesisState) -> None:
    heights = [each.height for each in state.sets]
    if heights != sorted(set(heights)):
        raise BadGenesis("staking: the sets do not stand in order of height")
    if heights and heights[-1] > ctx.block.height + DELAY:
        raise BadGenesis("staking: a set signs from a later height on than this chain could know: set initial_height")
    for each in state.sets:
        sets.record(ctx, each)
    for past in state.past:
        PAST.set(ctx, past.height % HISTORICAL_ENTRIES, past)
    for leaving in state.leaving:
        LEAVING.add(ctx, (leaving.height, leaving.validator))
    for address in state.tombstones:
        TOMBSTONES.add(ctx, Address(address))


def dump(ctx: ReadContext) -> GenesisState:
    """Export stake."""
    return GenesisState(
        params=params(ctx),
        validators=tuple([each for _, each in VALIDATORS.items(ctx)]),
        bonds=tuple([each for _, each in BONDS.items(ctx)]),
        undelegations=tuple([each for _, each in UNDELEGATIONS.items(ctx)]),
        redelegations=tuple([each for _, each in REDELEGATIONS.items(ctx)]),
        slashes=tuple([each for _, each in SLASHES.items(ctx)]),
        sets=tuple([each for _, each in SETS.items(ctx)]),
        next_number=NEXT_NUMBER.get(ctx) or 0,
        next_entry=NEXT_ENTRY.get(ctx) or 0,
        settling=tuple([Settling(validator=owner, next_entry=number) for owner, number in SETTLING.items(ctx)]),
        tombstones=tuple(TOMBSTONES.keys(ctx)),
        past=tuple(sorted([past for _, past in PAST.items(ctx)], key=lambda past: past.height)),
        leaving=tuple([Leaving(height=height, validator=owner) for height, owner in LEAVING.keys(ctx)]),
    )


def genesis(hooks: Hooks) -> Genesis[GenesisState]:
    """Return how stake is imported and exported, with who hears of validators that genesis makes."""

    def import_state(ctx: Context, state: GenesisState) -> None:
        load(ctx, state, hooks=hooks)

    return Genesis(kind=GenesisState, load=import_state, dump=dump)
