"""Declaration of the fees module."""

from qos.machine.module import Module
from qos.modules.economics.fees import errors, genesis, handlers, queries, state
from qos.proto.records import feemarket_feemarket_v1, qos_fees_v1

FEES = Module(
    name="fees",
    store=state.STORE,
    store_id=3,
    msgs=(qos_fees_v1.MsgServer(update_params=handlers.update_params),),
    queries=(
        qos_fees_v1.QueryServer(params=queries.params, quote=queries.quote),
        feemarket_feemarket_v1.QueryServer(gas_price=queries.gas_price, gas_prices=queries.gas_prices),
    ),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    invariants=(genesis.price_follows_parameters,),
)
