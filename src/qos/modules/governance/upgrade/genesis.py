"""Upgrades in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.governance.upgrade import operations
from qos.modules.governance.upgrade.state import APPLIED, PLAN, VERSIONS
from qos.proto.records.cosmos_upgrade_v1beta1 import ModuleVersion
from qos.proto.records.qos_upgrade_v1 import Applied, GenesisState


def load(ctx: Context, state: GenesisState) -> None:
    """Import the plan, what was made, and the versions. Raises: BadGenesis.

    The last upgrade is not remembered as such: every state from this genesis on is of one version.
    """
    for applied in state.applied:
        if applied.height <= 0 or APPLIED.has(ctx, applied.name):
            raise BadGenesis(f"upgrade: {applied.name[:64]!r} has no height or stands twice")
        APPLIED.set(ctx, applied.name, applied.height)
    if state.plan is not None:
        # The first block cannot be an upgrade: whoever starts from this genesis runs the version it is for.
        if state.plan.height <= ctx.block.height + 1 or APPLIED.has(ctx, state.plan.name):
            raise BadGenesis("upgrade: the plan is for a height that has passed, or was made")
        PLAN.set(ctx, state.plan)
    for each in state.versions:
        if not each.version or VERSIONS.has(ctx, each.name):
            raise BadGenesis(f"upgrade: module {each.name[:64]!r} has no version or stands twice")
        VERSIONS.set(ctx, each.name, each.version)


def dump(ctx: ReadContext) -> GenesisState:
    """Export the plan, what was made, and the versions."""
    found = operations.versions(ctx)
    return GenesisState(
        plan=PLAN.get(ctx),
        applied=tuple(Applied(name=name, height=height) for name, height in APPLIED.items(ctx)),
        versions=tuple(ModuleVersion(name=name, version=found[name]) for name in sorted(found)),
    )


def last_is_known(ctx: ReadContext) -> None:
    """The last upgrade is one that was made, and its plan is gone."""
    heights = [height for _, height in APPLIED.items(ctx)]
    last, plan = operations.applied_at(ctx), operations.planned(ctx)
    if (last and last not in heights) or (plan is not None and APPLIED.has(ctx, plan.name)):
        raise InvariantBroken(f"the last upgrade was made at {last}, those known at {heights}; planned: {plan}")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
