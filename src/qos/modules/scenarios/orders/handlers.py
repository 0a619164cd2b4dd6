"""Messages of the order book."""

from dataclasses import replace

from qos.machine.context import Context
from qos.modules.scenarios.orders.errors import AlreadySettled, BadSettlement, NotTheProvider, UnknownOrder
from qos.modules.scenarios.orders.state import ORDERS, PARAMS
from qos.proto.records.qos_orders_v1 import MsgSettle, MsgSettleResponse, OrderStatus

ENDS = (OrderStatus.ORDER_STATUS_DONE, OrderStatus.ORDER_STATUS_REFUSED)


def settle(ctx: Context, msg: MsgSettle) -> MsgSettleResponse:
    """Say that an order is done or refused; the provider alone may, once.

    Raises: NotTheProvider, BadSettlement, UnknownOrder, AlreadySettled.
    """
    params = PARAMS.get(ctx)
    if params is None or msg.provider != params.provider:
        raise NotTheProvider("only the provider that genesis names settles orders")
    if msg.status not in ENDS:
        raise BadSettlement("an order ends as done or refused")
    order = ORDERS.require(ctx, msg.number, UnknownOrder)
    if order.status in ENDS:
        raise AlreadySettled(f"order {msg.number} is settled")
    ORDERS.set(ctx, msg.number, replace(order, status=msg.status, note=msg.note))
    ctx.emit("order_settled", (("number", str(msg.number)), ("status", msg.status.name)))
    return MsgSettleResponse()
