"""Fees in genesis."""

from qos.base.identifiers import is_denom
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.economics.fees import operations
from qos.modules.economics.fees.state import PARAMS
from qos.proto.records.qos_fees_v1 import GenesisState

MAX_GAS_PRICE = 10**18


def load(ctx: Context, state: GenesisState) -> None:
    """Import parameters. Raises: BadGenesis."""
    if not is_denom(state.params.denom) or not 0 <= state.params.gas_price <= MAX_GAS_PRICE:
        raise BadGenesis(f"fees: denom must name an asset and gas_price lie within 0 and {MAX_GAS_PRICE}")
    PARAMS.set(ctx, state.params)
    accounts.ensure_module_account(ctx, operations.COLLECTOR_NAME)


def dump(ctx: ReadContext) -> GenesisState:
    """Export parameters."""
    return GenesisState(params=operations.params(ctx))


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
