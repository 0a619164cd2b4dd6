"""Slashing a validator: its bonds at once, what left it since the offence over the next blocks (V4)."""

from dataclasses import replace

from qos.base.amounts import E18, mul_div_floor
from qos.base.identifiers import VALIDATOR_PREFIX, format_address
from qos.machine.context import Context
from qos.modules.validators.staking import bonding, formulas, outflows, standing
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.state import SETTLING, SLASHES
from qos.proto.records.qos_staking_v1 import Slash, Validator


def slash(
    ctx: Context, hooks: Hooks, validator: Validator, infraction_height: int, power: int, fraction_e18: int
) -> Validator:
    """Take a fraction of the power at the infraction height, pro rata from bonds and what left since; returns what is.

    The amount and each part of it round down: the remainders stay with who is slashed. At most all there is goes, to
    the community pool.
    """
    wanted = mul_div_floor(power * E18, min(fraction_e18, E18), E18)
    outside = outflows.left_since(ctx, validator.owner, infraction_height)
    base = validator.tokens + outside
    taken = min(wanted, base)
    if not taken:
        return validator
    lost = formulas.loss(validator.tokens, taken, base)
    number = validator.slashes
    after = replace(validator, tokens=validator.tokens - lost, slashes=number + 1)
    bonding.store(ctx, validator, after)
    bonding.forfeit(ctx, lost)
    if outside:
        found = Slash(validator=validator.owner, number=number, height=infraction_height, taken=taken, of=base)
        SLASHES.set(ctx, (validator.owner, number), found)
        SETTLING.set(ctx, validator.owner, 0)
    named = format_address(validator.owner, VALIDATOR_PREFIX)
    ctx.emit("slash", (("validator", named), ("amount", str(taken))), unindexed=("amount",))
    for hook in hooks:
        hook.slashed(ctx, validator, after)
    return standing.keep_standing(ctx, hooks, after)
