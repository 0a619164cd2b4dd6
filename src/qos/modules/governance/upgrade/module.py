"""Declaration of upgrades."""

from qos.machine.module import Module
from qos.modules.governance.upgrade import errors, genesis, handlers, operations, queries, state
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgServer, QueryServer

UPGRADE = Module(
    name="upgrade",
    store=state.STORE,
    store_id=14,
    msgs=(MsgServer(software_upgrade=handlers.software_upgrade, cancel_upgrade=handlers.cancel_upgrade),),
    queries=(
        QueryServer(
            current_plan=queries.current_plan,
            applied_plan=queries.applied_plan,
            module_versions=queries.module_versions,
            authority=queries.authority,
        ),
    ),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    upgrades=operations.RULES,
    invariants=(genesis.last_is_known,),
)
