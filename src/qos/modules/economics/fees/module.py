"""Declaration of the fees module."""

from qos.machine.module import Module
from qos.modules.economics.fees import genesis, queries, state
from qos.proto.records.qos_fees_v1 import QueryServer

FEES = Module(
    name="fees",
    store=state.STORE,
    store_id=3,
    queries=(QueryServer(params=queries.params),),
    genesis=genesis.GENESIS,
)
