"""Keys of the store `fees`."""

from functools import lru_cache

from qos.proto import codec
from qos.proto.records.qos_fees_v1 import Params, Price, Recent
from qos.store.collections import Item
from qos.store.values import ValueCodec

STORE = "fees"


@lru_cache(maxsize=64)
def _decode_price(data: bytes) -> Price:
    """Decode once: every transaction reads it."""
    return codec.decode(Price, data)


PARAMS: Item[Params] = Item(STORE, b"\x01", ValueCodec(codec.encode, lambda data: codec.decode(Params, data)))
PRICE: Item[Price] = Item(STORE, b"\x02", ValueCodec(codec.encode, _decode_price))
RECENT: Item[Recent] = Item(STORE, b"\x03", ValueCodec(codec.encode, lambda data: codec.decode(Recent, data)))
