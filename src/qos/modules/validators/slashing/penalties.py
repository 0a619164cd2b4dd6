"""What penalties do at the beginning of a block: evidence first, then the votes on the block before."""

from qos.base.identifiers import CONSENSUS_PREFIX, Address, format_address
from qos.machine.context import Context, Misbehavior, MisbehaviorKind, Vote
from qos.modules.validators.slashing import windows
from qos.modules.validators.slashing.parameters import params
from qos.modules.validators.slashing.state import OFFENCES, PUNISHED
from qos.modules.validators.staking import operations, parameters, slashes, standing
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records.qos_staking_v1 import Reason


def begin_block(ctx: Context, *, hooks: Hooks) -> None:
    """Punish what this block shows. Nothing of it matures before (V3)."""
    for shown in ctx.block.misbehavior:
        punish_misbehavior(ctx, hooks, shown)
    rules, height = params(ctx), ctx.block.height - 1
    for vote in ctx.block.votes:
        if windows.count(ctx, rules, vote, height):
            punish_absence(ctx, hooks, vote, height)
    windows.count_left_out(ctx)


def punish_misbehavior(ctx: Context, hooks: Hooks, shown: Misbehavior) -> None:
    """Slash a validator that signed twice or attacked light clients, and bar it for ever (V2).

    What is too old by block time, of a validator that is gone, or was punished already, changes nothing.
    """
    if ctx.block.time_ns - shown.time_ns > parameters.params(ctx).max_evidence_age:
        return
    validator = operations.validator_by_consensus(ctx, shown.address)
    if validator is None or not _is_new(ctx, shown):
        return
    named = format_address(Address(shown.address), CONSENSUS_PREFIX)
    ctx.emit("misbehavior", (("address", named), ("kind", shown.kind.name.lower()), ("height", str(shown.height))))
    if not validator.tombstoned:
        standing.tombstone(ctx, hooks, validator)
    barred = operations.require_validator(ctx, validator.owner)
    slashes.slash(ctx, hooks, barred, shown.height, shown.power, params(ctx).slash_fraction_double_sign)


def _is_new(ctx: Context, shown: Misbehavior) -> bool:
    """Tell whether an offence was not punished before, and remember it.

    Whoever reports may vary what no signature covers, such as the common height of an attack: evidence that differs in
    that alone must not slash again. So votes count once a height, and an attack once.
    """
    height = shown.height if shown.kind is MisbehaviorKind.DUPLICATE_VOTE else 0
    key = Address(shown.address), height
    if OFFENCES.has(ctx, key):
        return False
    OFFENCES.set(ctx, key, PUNISHED)
    return True


def punish_absence(ctx: Context, hooks: Hooks, vote: Vote, height: int) -> None:
    """Make a validator that missed too many blocks inactive, and slash it a little (V1)."""
    validator = operations.validator_by_consensus(ctx, vote.address)
    if validator is None or not operations.is_active(validator):
        return
    inactive = standing.deactivate(ctx, hooks, validator, Reason.REASON_MISSED_BLOCKS)
    slashes.slash(ctx, hooks, inactive, height, vote.power, params(ctx).slash_fraction_downtime)
