"""Fees in genesis, and what must hold after every block."""

from itertools import pairwise

from qos.base.errors import InvariantBroken
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.economics.fees import operations, params
from qos.modules.economics.fees.errors import BadParams
from qos.modules.economics.fees.formulas import MAX_GAS_PRICE
from qos.modules.economics.fees.state import PARAMS, RECENT
from qos.proto.records.qos_fees_v1 import GenesisState, Recent


def load(ctx: Context, state: GenesisState) -> None:
    """Import parameters, the base fee and the newest blocks. Raises: BadGenesis."""
    found = state.params
    try:
        params.check(found)
    except BadParams as error:
        raise BadGenesis(str(error)) from None
    base_fee = state.base_fee or found.gas_price
    if not found.gas_price <= base_fee <= MAX_GAS_PRICE or (base_fee != found.gas_price and not found.target_gas):
        raise BadGenesis(f"fees: base_fee must be gas_price, or with a target_gas lie within it and {MAX_GAS_PRICE}")
    PARAMS.set(ctx, found)
    operations.set_price(ctx, found, base_fee)
    if state.recent is not None and state.recent.blocks:
        _load_recent(ctx, state.recent)
    accounts.ensure_module_account(ctx, operations.COLLECTOR_NAME)


def _load_recent(ctx: Context, recent: Recent) -> None:
    times = [block.time for block in recent.blocks]
    if any(left >= right for left, right in pairwise(times)):
        raise BadGenesis("fees: recent must hold blocks in order of time")
    if any(min(block.low_tip, block.median_tip, block.high_tip) < 0 for block in recent.blocks):
        raise BadGenesis("fees: a tip in recent is negative")
    RECENT.set(ctx, recent)


def dump(ctx: ReadContext) -> GenesisState:
    """Export parameters, the base fee and the newest blocks."""
    return GenesisState(
        params=operations.params(ctx), base_fee=operations.price(ctx).base_fee, recent=RECENT.get(ctx) or Recent()
    )


def price_follows_parameters(ctx: ReadContext) -> None:
    """The price is that of the parameters, at least their floor."""
    price, rules = operations.price(ctx), operations.params(ctx)
    same = (price.denom, price.value_fee_ppm, price.value_fee_cap) == (
        rules.denom,
        rules.value_fee_ppm,
        rules.value_fee_cap,
    )
    if not same or not rules.gas_price <= price.base_fee <= MAX_GAS_PRICE:
        raise InvariantBroken("the price of gas does not follow the fee parameters")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
