"""Messages of upgrades."""

from qos.base.blocktime import ZERO_TIME_NS
from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.modules.governance.upgrade.errors import AlreadyApplied, BadPlan, NoPlan
from qos.modules.governance.upgrade.state import APPLIED, PLAN
from qos.proto.records.cosmos_upgrade_v1beta1 import (
    MsgCancelUpgrade,
    MsgCancelUpgradeResponse,
    MsgSoftwareUpgrade,
    MsgSoftwareUpgradeResponse,
    Plan,
)

_NO_TIME = (None, 0, ZERO_TIME_NS)
"""How clients write a time that is not there."""


def software_upgrade(ctx: Context, msg: MsgSoftwareUpgrade) -> MsgSoftwareUpgradeResponse:
    """Plan an upgrade, in place of one that was planned before. Raises: Unauthorized, BadPlan, AlreadyApplied."""
    require_governance(msg.authority)
    plan = msg.plan
    if plan.time not in _NO_TIME or plan.upgraded_client_state is not None:
        raise BadPlan("time and upgraded_client_state are not supported: plan an upgrade by its height")
    if plan.height <= ctx.block.height:
        raise BadPlan(f"an upgrade at height {plan.height} comes too late: this is block {ctx.block.height}")
    made = APPLIED.get(ctx, plan.name)
    if made is not None:
        raise AlreadyApplied(plan.name, made)
    PLAN.set(ctx, Plan(name=plan.name, height=plan.height, info=plan.info))
    return MsgSoftwareUpgradeResponse()


def cancel_upgrade(ctx: Context, msg: MsgCancelUpgrade) -> MsgCancelUpgradeResponse:
    """Forget the planned upgrade. Raises: Unauthorized, NoPlan."""
    require_governance(msg.authority)
    if PLAN.get(ctx) is None:
        raise NoPlan("no upgrade is planned")
    PLAN.delete(ctx)
    return MsgCancelUpgradeResponse()
