"""Messages of fees."""

from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.modules.economics.fees import operations, params
from qos.modules.economics.fees.errors import BadParams
from qos.modules.economics.fees.state import PARAMS
from qos.proto.records.qos_fees_v1 import MsgUpdateParams, MsgUpdateParamsResponse


def update_params(ctx: Context, msg: MsgUpdateParams) -> MsgUpdateParamsResponse:
    """Change the parameters; the base fee stays where it is, within the new bounds. Raises: Unauthorized, BadParams."""
    require_governance(msg.authority)
    params.check(msg.params)
    before, now = operations.params(ctx), operations.price(ctx)
    if msg.params.denom != before.denom:
        raise BadParams(f"fees: fees stay in {before.denom}: what was collected is in it")
    least = msg.params.gas_price
    PARAMS.set(ctx, msg.params)
    operations.set_price(ctx, msg.params, max(now.base_fee, least) if msg.params.target_gas else least)
    return MsgUpdateParamsResponse()
