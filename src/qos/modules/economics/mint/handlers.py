"""Messages of the mint: governance alone."""

from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.modules.economics.mint import operations, params, phases
from qos.modules.economics.mint.state import CLOCK, PARAMS, PHASES
from qos.proto.records.qos_mint_v1 import (
    MsgUpdateParams,
    MsgUpdateParamsResponse,
    MsgUpdatePhases,
    MsgUpdatePhasesResponse,
)


def update_phases(ctx: Context, msg: MsgUpdatePhases) -> MsgUpdatePhasesResponse:
    """Change the phases that have not ended and append new ones (I5). Raises: Unauthorized, InvalidPhases."""
    require_governance(msg.authority)
    for index, phase in enumerate(phases.changed(ctx, msg.phases)):
        if PHASES.get(ctx, index) != phase:
            PHASES.set(ctx, index, phase)
    return MsgUpdatePhasesResponse()


def update_params(ctx: Context, msg: MsgUpdateParams) -> MsgUpdateParamsResponse:
    """Change the parameters; a window of another length or filling begins anew.

    Raises: Unauthorized, InvalidMintParams, InvalidPhases when a phase would never be done.
    """
    require_governance(msg.authority)
    before, after = params.figures(ctx), params.check(msg.params)
    phases.check(ctx, phases.all_phases(ctx), phases.start(ctx), after)
    if (before.window, before.block_ms) != (after.window, after.block_ms):
        CLOCK.set(ctx, operations.fill_window(ctx, operations.clock(ctx), after))
    PARAMS.set(ctx, params.complete(after))
    return MsgUpdateParamsResponse()
