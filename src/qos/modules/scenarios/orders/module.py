"""Declaration of the order book."""

from qos.machine.module import Module
from qos.modules.scenarios.orders import errors, genesis, handlers, queries, state
from qos.proto.records.qos_orders_v1 import MsgServer, QueryServer

ORDER_BOOK = Module(
    name="orders",
    store=state.STORE,
    store_id=8,
    msgs=(MsgServer(settle=handlers.settle),),
    queries=(QueryServer(order=queries.order, orders=queries.orders),),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    invariants=(genesis.numbers_have_no_gap,),
)
