"""Messages of penalties."""

from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.modules.validators.slashing import parameters
from qos.modules.validators.staking import operations, standing
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records.cosmos_slashing_v1beta1 import MsgUnjail, MsgUnjailResponse
from qos.proto.records.qos_slashing_v1 import MsgUpdateParams, MsgUpdateParamsResponse


def unjail(ctx: Context, msg: MsgUnjail, *, hooks: Hooks) -> MsgUnjailResponse:
    """Bring an inactive validator back without more bond. Raises: UnknownValidator, and as `standing.activate`."""
    standing.activate(ctx, hooks, operations.require_validator(ctx, msg.validator_addr), 0)
    return MsgUnjailResponse()


def update_params(ctx: Context, msg: MsgUpdateParams) -> MsgUpdateParamsResponse:
    """Change the parameters, all of them. Raises: Unauthorized, InvalidParams."""
    require_governance(msg.authority)
    parameters.change(ctx, msg.params)
    return MsgUpdateParamsResponse()
