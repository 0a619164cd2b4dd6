"""Declaration of the mint."""

from qos.machine.module import Module
from qos.modules.economics.mint import errors, genesis, handlers, operations, queries, state
from qos.proto.records import cosmos_mint_v1beta1, qos_mint_v1

MINT = Module(
    name="mint",
    store=state.STORE,
    store_id=11,
    msgs=(qos_mint_v1.MsgServer(update_phases=handlers.update_phases, update_params=handlers.update_params),),
    queries=(
        qos_mint_v1.QueryServer(params=queries.params, phases=queries.all_phases, progress=queries.progress),
        cosmos_mint_v1beta1.QueryServer(
            params=queries.cosmos_params,
            inflation=queries.inflation,
            annual_provisions=queries.annual_provisions,
        ),
    ),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    end_block=operations.mint_block,
    invariants=genesis.INVARIANTS,
)
