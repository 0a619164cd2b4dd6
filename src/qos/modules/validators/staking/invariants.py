"""What must hold of stake after every block."""

from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address
from qos.machine.context import ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.validators.staking import operations
from qos.modules.validators.staking.outflows import SPAN
from qos.modules.validators.staking.parameters import params
from qos.modules.validators.staking.state import (
    BONDS,
    BONDS_OF,
    BY_CONSENSUS,
    CLOSED,
    COMPLETING,
    NEWEST_SET,
    OLDEST_SET,
    ORDER,
    OUTFLOWS,
    REDELEGATIONS,
    REDELEGATIONS_TO,
    SETS,
    SURVIVING,
    UNDELEGATIONS,
    UNDELEGATIONS_OF,
    VALIDATORS,
)
from qos.proto.records.qos_staking_v1 import Status


def pool_holds_bonds_and_undelegations(ctx: ReadContext) -> None:
    """The pool's balance is the sum of all tokens and of what is being taken back."""
    owed = sum(validator.tokens for _, validator in VALIDATORS.items(ctx))
    owed += sum(entry.balance for _, entry in UNDELEGATIONS.items(ctx))
    held = bank.balance(ctx, operations.POOL, params(ctx).bond_denom)
    if owed != held:
        raise InvariantBroken(f"the bonded pool holds {held} aqos, bonds and undelegations are {owed}")


def shares_are_bonds(ctx: ReadContext) -> None:
    """A validator's shares are the sum of its bonds', and worth at most an aqos each."""
    sums: dict[Address, int] = {}
    for (owner, delegator), bond in BONDS.items(ctx):
        if bond.shares <= 0 or (bond.validator, bond.delegator) != (owner, delegator):
            raise InvariantBroken("a bond has no shares or stands under other addresses")
        if not BONDS_OF.has(ctx, (delegator, owner)):
            raise InvariantBroken("a bond is not found by its delegator")
        sums[owner] = sums.get(owner, 0) + bond.shares
    if len(list(BONDS.items(ctx))) != len(list(BONDS_OF.items(ctx))):
        raise InvariantBroken("a bond is found by its delegator alone")
    for owner, validator in VALIDATORS.items(ctx):
        if sums.pop(owner, 0) != validator.shares or not 0 <= validator.tokens <= validator.shares:
            raise InvariantBroken(f"validator {validator.number} has other shares than its bonds, or too many tokens")
    if sums:
        raise InvariantBroken("there are bonds behind no validator")


def indexes_follow_validators(ctx: ReadContext) -> None:
    """Order, consensus addresses and queues name each validator as its state says."""
    order = {}
    surviving = []
    closed = []
    for owner, validator in VALIDATORS.items(ctx):
        if validator.tokens and operations.is_active(validator):
            order[(validator.tokens, validator.number)] = owner
        if validator.status is Status.STATUS_INACTIVE and validator.closes is not None:
            surviving.append((validator.closes, owner))
        if validator.status is Status.STATUS_CLOSED:
            closed.append(owner)
        if BY_CONSENSUS.get(ctx, operations.consensus_address(validator.consensus_key)) != owner:
            raise InvariantBroken(f"validator {validator.number} is not found by its consensus address")
    if dict(ORDER.items(ctx)) != order:
        raise InvariantBroken("the order of active validators is not that of their tokens")
    if list(SURVIVING.keys(ctx)) != sorted(surviving) or list(CLOSED.keys(ctx)) != closed:
        raise InvariantBroken("the queues of inactive or closed validators are wrong")


def outflows_are_entries(ctx: ReadContext) -> None:
    """The sums of what left a validator are those of its entries, and every entry has its place in the queue."""
    sums: dict[tuple[Address, int, int], int] = {}
    queue = {}
    for (owner, number), undelegation in UNDELEGATIONS.items(ctx):
        _count(sums, owner, undelegation.height, undelegation.amount)
        queue[(undelegation.completes, number)] = owner
        if not 0 <= undelegation.balance <= undelegation.amount:
            raise InvariantBroken(f"undelegation {number} is larger than it was")
        if not UNDELEGATIONS_OF.has(ctx, (undelegation.delegator, owner, number)):
            raise InvariantBroken(f"undelegation {number} is not found by its delegator")
    for (owner, number), redelegation in REDELEGATIONS.items(ctx):
        _count(sums, owner, redelegation.height, redelegation.amount)
        queue[(redelegation.completes, number)] = owner
        if REDELEGATIONS_TO.get(ctx, (redelegation.destination, redelegation.delegator, number)) != owner:
            raise InvariantBroken(f"redelegation {number} is not found by its destination")
    if dict(OUTFLOWS.items(ctx)) != sums:
        raise InvariantBroken("the sums of what left validators differ from its entries")
    if dict(COMPLETING.items(ctx)) != queue:
        raise InvariantBroken("the queue of what completes differs from its entries")


def sets_are_found(ctx: ReadContext) -> None:
    """The oldest and the newest set are those that are said to be."""
    heights = [height for height, _ in SETS.items(ctx)]
    if heights and (OLDEST_SET.get(ctx), NEWEST_SET.get(ctx)) != (heights[0], heights[-1]):
        raise InvariantBroken("the oldest or the newest set is another than what is recorded")


def _count(sums: dict[tuple[Address, int, int], int], owner: Address, height: int, amount: int) -> None:
    for key in ((owner, 0, height), (owner, 1, height // SPAN)):
        sums[key] = sums.get(key, 0) + amount


INVARIANTS = (
    pool_holds_bonds_and_undelegations,
    shares_are_bonds,
    indexes_follow_validators,
    outflows_are_entries,
    sets_are_found,
)
