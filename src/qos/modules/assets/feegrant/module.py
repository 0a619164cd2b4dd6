"""Declaration of fee grants."""

from qos.machine.module import Module
from qos.modules.assets.feegrant import errors, genesis, handlers, operations, queries, state
from qos.proto.records.cosmos_feegrant_v1beta1 import MsgServer, QueryServer

FEEGRANT = Module(
    name="feegrant",
    store=state.STORE,
    store_id=6,
    msgs=(
        MsgServer(
            grant_allowance=handlers.grant_allowance,
            revoke_allowance=handlers.revoke_allowance,
            prune_allowances=handlers.prune_allowances,
        ),
    ),
    queries=(
        QueryServer(
            allowance=queries.allowance,
            allowances=queries.allowances,
            allowances_by_granter=queries.allowances_by_granter,
        ),
    ),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    begin_block=operations.begin_block,
    invariants=(genesis.indexes_agree,),
)
