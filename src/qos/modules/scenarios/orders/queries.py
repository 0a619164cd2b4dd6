"""Reading the order book."""

from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.modules.scenarios.orders.state import ORDERS
from qos.proto.records.qos_orders_v1 import (
    QueryOrderRequest,
    QueryOrderResponse,
    QueryOrdersRequest,
    QueryOrdersResponse,
)


def order(ctx: ReadContext, request: QueryOrderRequest) -> QueryOrderResponse:
    """Return one order. Raises: KeyNotFound."""
    found = ORDERS.get(ctx, request.number)
    if found is None:
        raise KeyNotFound(f"there is no order {request.number} here")
    return QueryOrderResponse(order=found)


def orders(ctx: ReadContext, request: QueryOrdersRequest) -> QueryOrdersResponse:
    """Return all orders, in order of number."""
    page = page_of(ctx, ORDERS, request.pagination)
    return QueryOrdersResponse(orders=tuple(each for _, each in page.entries), pagination=page.response)
