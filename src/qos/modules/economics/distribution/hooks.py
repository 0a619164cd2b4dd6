"""What distribution does when stake changes: rewards are counted under the old shares, then paid."""

from qos.base.amounts import E18, mul_div_floor
from qos.base.identifiers import Address
from qos.machine.context import Context
from qos.modules.economics.distribution import compounding, rewards
from qos.modules.economics.distribution.state import SLASHES
from qos.modules.validators.staking.hooks import StakeHooks
from qos.proto.records.qos_distribution_v1 import Slash
from qos.proto.records.qos_staking_v1 import Bond, Validator
from qos.store.keys import LENGTH_ADDRESS


def created(ctx: Context, validator: Validator) -> None:
    """Begin to count for a validator."""
    rewards.begin_validator(ctx, validator.owner)


def bond_changing(ctx: Context, delegator: Address, validator: Validator, bond: Bond | None) -> None:
    """Count what a bond has earned; what does not compound is paid."""
    if bond is None:
        return
    rewards.settle(ctx, validator.owner, delegator, bond.shares)
    if not bond.compounding:
        rewards.pay(ctx, validator.owner, delegator, rewards.recipient_of(ctx, delegator))


def bond_changed(ctx: Context, delegator: Address, validator: Validator, bond: Bond | None) -> None:
    """Begin to count for a new bond, pay one that is gone, let one that asks for it compound."""
    if bond is None:
        rewards.end_claim(ctx, validator.owner, delegator)
        return
    rewards.begin_claim(ctx, validator.owner, delegator)
    if bond.compounding:
        compounding.wait(ctx, validator.owner, delegator)


def slashed(ctx: Context, before: Validator, after: Validator) -> None:
    """Remember a slash for who asks; rewards count shares, which it leaves as they are."""
    taken = before.tokens - after.tokens
    if taken <= 0:
        return
    fraction = mul_div_floor(taken, E18, before.tokens)
    height = ctx.block.height
    earlier = SLASHES.get(ctx, (after.owner, height))
    if earlier is not None:  # two in one block: what both leave of the bonds
        fraction += mul_div_floor(earlier.fraction, E18 - fraction, E18)
    SLASHES.set(ctx, (after.owner, height), Slash(validator_address=after.owner, height=height, fraction=fraction))


def closed(ctx: Context, validator: Validator) -> None:
    """Pay the owner of a validator that closes; its bonds are paid as they return."""
    rewards.pay_validator(ctx, validator.owner)


def removed(ctx: Context, validator: Validator) -> None:
    """Forget a validator whose last bond has returned."""
    rewards.end_validator(ctx, validator.owner)
    for (owner, height), _ in list(SLASHES.items(ctx, LENGTH_ADDRESS.encode(validator.owner))):
        SLASHES.delete(ctx, (owner, height))


DISTRIBUTION_HOOKS = StakeHooks(
    created=created,
    bond_changing=bond_changing,
    bond_changed=bond_changed,
    slashed=slashed,
    closed=closed,
    removed=removed,
)
