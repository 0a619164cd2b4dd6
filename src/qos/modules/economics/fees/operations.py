"""Taking fees: what the frame calls for every transaction and once a block."""

from qos.base.identifiers import Address, module_address
from qos.machine.context import Context
from qos.machine.errors import InsufficientFee, InvalidCoins
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.fees.state import PARAMS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import Fee
from qos.proto.records.qos_fees_v1 import Params
from qos.store.collections import Reads

COLLECTOR_NAME = "fee_collector"
COLLECTOR = module_address(COLLECTOR_NAME)


def params(ctx: Reads) -> Params:
    """Return the parameters."""
    return PARAMS.require(ctx, lambda: BadGenesis("fees were not initialised"))


def charge(ctx: Context, payer: Address, fee: Fee, *, simulate: bool) -> tuple[Coin, ...]:
    """Debit what a transaction offers, at least gas limit x price (F1); returns what was taken.

    A simulation may offer nothing and costs the same gas. Raises: InsufficientFee, InvalidCoins, InsufficientFunds.
    """
    rules = params(ctx)
    if any(coin.denom != rules.denom for coin in fee.amount) or len(fee.amount) > 1:
        raise InvalidCoins(f"fees are paid in {rules.denom} alone: invalid coins")
    offered = fee.amount[0].amount if fee.amount else 0
    required = fee.gas_limit * rules.gas_price
    if offered < required and not simulate:
        raise InsufficientFee(
            f"insufficient fees; got: {offered}{rules.denom} required: {required}{rules.denom}: insufficient fee",
        )
    if offered < 0:
        raise InvalidCoins("a fee cannot be negative: invalid coins")
    if offered == 0 and not (simulate and required):
        return ()
    taken = Coin(denom=rules.denom, amount=offered)
    bank.debit(ctx, payer, taken)
    return (taken,) if offered else ()


def collect(ctx: Context, fees: tuple[Coin, ...]) -> None:
    """Credit the collector with what the block's transactions paid (F3)."""
    for coin in fees:
        bank.credit(ctx, COLLECTOR, coin)
