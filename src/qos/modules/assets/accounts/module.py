"""Declaration of the accounts module."""

from qos.machine.module import Module
from qos.modules.assets.accounts import genesis, queries, state
from qos.proto.records.cosmos_auth_v1beta1 import QueryServer

ACCOUNTS = Module(
    name="accounts",
    store=state.STORE,
    store_id=1,
    queries=(
        QueryServer(
            account=queries.account,
            accounts=queries.accounts,
            account_info=queries.account_info,
            module_account_by_name=queries.module_account,
            bech32_prefix=queries.bech32_prefix,
            params=queries.params,
        ),
    ),
    genesis=genesis.GENESIS,
    invariants=(genesis.numbers_are_unique,),
)
