"""Keys of the store `orders`."""

from qos.proto import codec
from qos.proto.records.qos_orders_v1 import Order, Params
from qos.store.collections import Item, Map
from qos.store.keys import U64
from qos.store.values import UINT, ValueCodec

STORE = "orders"
ORDERS: Map[int, Order] = Map(STORE, b"\x01", U64, ValueCodec(codec.encode, lambda data: codec.decode(Order, data)))
LAST_NUMBER: Item[int] = Item(STORE, b"\x02", UINT)
PARAMS: Item[Params] = Item(STORE, b"\x03", ValueCodec(codec.encode, lambda data: codec.decode(Params, data)))
"""There when a provider is named."""
