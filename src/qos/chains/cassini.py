"""The Cassini chain `cassini-1` (WP 1.4; protocol section 11): relays vote and sign, nothing else happens."""

from qos.machine.chain import Chain
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.accounts.module import ACCOUNTS
from qos.modules.assets.bank.module import bank_module
from qos.modules.economics.fees import operations as fees
from qos.modules.economics.fees.module import FEES
from qos.modules.relay.observations.module import OBSERVATIONS

CASSINI = Chain(
    kind="cassini",
    app_version=1,
    modules=(ACCOUNTS, bank_module(fees.value_fee), FEES, OBSERVATIONS),
    accounts=accounts.HOOKS,
    charge=fees.charge,
    collect=fees.collect,
    gas_price=fees.gas_price,
)
