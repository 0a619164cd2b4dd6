"""The message of penalties."""

from qos.machine.context import Context
from qos.modules.validators.staking import operations, standing
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records.cosmos_slashing_v1beta1 import MsgUnjail, MsgUnjailResponse


def unjail(ctx: Context, msg: MsgUnjail, *, hooks: Hooks) -> MsgUnjailResponse:
    """Bring an inactive validator back without more bond. Raises: UnknownValidator, and as `standing.activate`."""
    standing.activate(ctx, hooks, operations.require_validator(ctx, msg.validator_addr), 0)
    return MsgUnjailResponse()
