"""Declaration of the ledger."""

from functools import partial

from qos.machine.module import Module
from qos.modules.assets.bank import errors, genesis, handlers, holdings, queries, state
from qos.modules.assets.bank.operations import ValueFee
from qos.proto.records import cosmos_bank_v1beta1, qos_bank_v1


def bank_module(value_fee: ValueFee) -> Module:
    """Return the ledger, with what a chain asks for a transfer beside the fee."""
    return Module(
        name="bank",
        store=state.STORE,
        store_id=2,
        msgs=(
            cosmos_bank_v1beta1.MsgServer(
                send=partial(handlers.send, value_fee=value_fee),
                multi_send=partial(handlers.multi_send, value_fee=value_fee),
            ),
        ),
        queries=(
            cosmos_bank_v1beta1.QueryServer(
                balance=queries.balance,
                all_balances=queries.all_balances,
                spendable_balances=queries.spendable_balances,
                spendable_balance_by_denom=queries.spendable_balance,
                total_supply=queries.total_supply,
                supply_of=queries.supply_of,
                params=queries.params,
                denom_metadata=queries.denom_metadata,
                denom_metadata_by_query_string=queries.denom_metadata_by_text,
                send_enabled=queries.send_enabled,
                denoms_metadata=queries.denoms_metadata,
            ),
            qos_bank_v1.QueryServer(assets=queries.assets, asset=queries.asset),
        ),
        errors=errors.ALL,
        genesis=genesis.GENESIS,
        beside=holdings.BESIDE,
        invariants=genesis.INVARIANTS,
    )
