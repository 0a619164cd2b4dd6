"""The order book in genesis, and what must hold of it."""

from qos.base.errors import InvariantBroken
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.scenarios.orders.state import LAST_NUMBER, ORDERS, PARAMS
from qos.proto.records.qos_orders_v1 import GenesisState


def load(ctx: Context, state: GenesisState) -> None:
    """Import the figures and all orders, numbered from 1. Raises: BadGenesis."""
    if state.params is not None and state.params.provider:
        PARAMS.set(ctx, state.params)
    LAST_NUMBER.set(ctx, len(state.orders))
    for number, order in enumerate(state.orders, start=1):
        if order.number != number or not order.status:
            raise BadGenesis(f"orders: order {order.number} is out of turn or has no status")
        ORDERS.set(ctx, number, order)


def dump(ctx: ReadContext) -> GenesisState:
    """Export everything."""
    return GenesisState(params=PARAMS.get(ctx), orders=tuple(order for _, order in ORDERS.items(ctx)))


def numbers_have_no_gap(ctx: ReadContext) -> None:
    """Orders run from 1 to the last number."""
    if [number for number, _ in ORDERS.items(ctx)] != list(range(1, (LAST_NUMBER.get(ctx) or 0) + 1)):
        raise InvariantBroken("the order book has a gap")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
