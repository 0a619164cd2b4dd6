"""Keys of the store `orders`."""

from qos.proto.records.qos_orders_v1 import Order, Params
from qos.store.collections import Item, Map
from qos.store.keys import U64
from qos.store.values import UINT, record_of

STORE = "orders"
ORDERS: Map[int, Order] = Map(STORE, b"\x01", U64, record_of(Order))
LAST_NUMBER: Item[int] = Item(STORE, b"\x02", UINT)
PARAMS: Item[Params] = Item(STORE, b"\x03", record_of(Params))
"""There when a provider is named."""
