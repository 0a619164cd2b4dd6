"""Taking orders from other chains."""

from qos.machine.context import Context
from qos.modules.crosschain.qcp.payloads.application import Arrived
from qos.modules.scenarios.orders.errors import BadOrder, NotOpen
from qos.modules.scenarios.orders.state import LAST_NUMBER, ORDERS, PARAMS
from qos.proto.records.qos_orders_v1 import Order, OrderStatus

APPLICATION = "orders"
"""The name QCP data is sent to."""
MAX_TEXT_BYTES = 1_024


def place(ctx: Context, arrived: Arrived) -> bytes:
    """Keep an order and return its number in decimal. Raises: NotOpen, BadOrder."""
    params = PARAMS.get(ctx)
    if params is None:
        raise NotOpen("no orders are taken here: the chain's genesis names no provider")
    number = (LAST_NUMBER.get(ctx) or 0) + 1
    order = Order(
        number=number,
        chain_id=arrived.chain_id,
        sender=arrived.sender,
        customer=arrived.caller,
        text=_text(arrived.body),
        status=OrderStatus.ORDER_STATUS_OPEN,
        height=ctx.block.height,
    )
    LAST_NUMBER.set(ctx, number)
    ORDERS.set(ctx, number, order)
    ctx.emit("order", (("number", str(number)), ("from", arrived.chain_id)))
    return b"%d" % number


def _text(body: bytes) -> str:
    if not 1 <= len(body) <= MAX_TEXT_BYTES:
        raise BadOrder(f"an order has 1 to {MAX_TEXT_BYTES} bytes, not {len(body)}")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadOrder("an order is text in UTF-8") from None
