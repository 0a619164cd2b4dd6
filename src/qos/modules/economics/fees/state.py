"""Keys of the store `fees`."""

from qos.proto import codec
from qos.proto.records.qos_fees_v1 import Params
from qos.store.collections import Item, RecordValue

STORE = "fees"
PARAMS: Item[Params] = Item(STORE, b"\x01", RecordValue(codec.encode, lambda data: codec.decode(Params, data)))
