"""Declaration of penalties."""

from functools import partial

from qos.machine.module import Module
from qos.modules.validators.slashing import errors, genesis, handlers, penalties, queries, state
from qos.modules.validators.staking.hooks import Hooks
from qos.proto.records import cosmos_slashing_v1beta1, qos_slashing_v1


def slashing_module(hooks: Hooks) -> Module:
    """Return penalties, with whom stake tells of what they change."""
    return Module(
        name="slashing",
        store=state.STORE,
        store_id=10,
        msgs=(
            cosmos_slashing_v1beta1.MsgServer(unjail=partial(handlers.unjail, hooks=hooks)),
            qos_slashing_v1.MsgServer(update_params=handlers.update_params),
        ),
        queries=(
            cosmos_slashing_v1beta1.QueryServer(
                params=queries.params, signing_info=queries.signing_info, signing_infos=queries.signing_infos
            ),
            qos_slashing_v1.QueryServer(rules=queries.rules, windows=queries.windows, left_out=queries.left_out),
        ),
        errors=errors.ALL,
        genesis=genesis.GENESIS,
        begin_block=partial(penalties.begin_block, hooks=hooks),
        invariants=(genesis.misses_are_bits,),
    )
