"""Fees in genesis, and what must hold after every block."""

from itertools import pairwise

from qos.base.amounts import MAX_AMOUNT
from qos.base.errors import InvariantBroken
from qos.base.identifiers import is_denom
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.economics.fees import operations
from qos.modules.economics.fees.formulas import MAX_GAS_PRICE, PPM
from qos.modules.economics.fees.state import PARAMS, RECENT
from qos.proto.records.qos_fees_v1 import GenesisState, Params, Recent

MAX_DENOMINATOR = 1_000


def load(ctx: Context, state: GenesisState) -> None:
    """Import parameters, the base fee and the newest blocks. Raises: BadGenesis."""
    params = state.params
    _check(params)
    base_fee = state.base_fee or params.gas_price
    if not params.gas_price <= base_fee <= MAX_GAS_PRICE or (base_fee != params.gas_price and not params.target_gas):
        raise BadGenesis(f"fees: base_fee must be gas_price, or with a target_gas lie within it and {MAX_GAS_PRICE}")
    PARAMS.set(ctx, params)
    operations.set_price(ctx, params, base_fee)
    if state.recent is not None and state.recent.blocks:
        _load_recent(ctx, state.recent)
    accounts.ensure_module_account(ctx, operations.COLLECTOR_NAME)


def _check(params: Params) -> None:
    if not is_denom(params.denom) or not 0 <= params.gas_price <= MAX_GAS_PRICE:
        raise BadGenesis(f"fees: denom must name an asset and gas_price lie within 0 and {MAX_GAS_PRICE}")
    if params.target_gas > MAX_BLOCK_GAS:
        raise BadGenesis(f"fees: target_gas must lie within 0 and {MAX_BLOCK_GAS}")
    if params.target_gas and not 2 <= params.base_fee_denominator <= MAX_DENOMINATOR:
        raise BadGenesis(f"fees: base_fee_denominator must lie within 2 and {MAX_DENOMINATOR}")
    if params.value_fee_ppm > PPM or not 0 <= params.value_fee_cap <= MAX_AMOUNT:
        raise BadGenesis(f"fees: value_fee_ppm must lie within 0 and {PPM} and value_fee_cap not be negative")


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
    price, params = operations.price(ctx), operations.params(ctx)
    same = (price.denom, price.value_fee_ppm, price.value_fee_cap) == (
        params.denom,
        params.value_fee_ppm,
        params.value_fee_cap,
    )
    if not same or not params.gas_price <= price.base_fee <= MAX_GAS_PRICE:
        raise InvariantBroken("the price of gas does not follow the fee parameters")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
