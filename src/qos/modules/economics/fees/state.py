"""Keys of the store `fees`."""

from qos.proto.records.qos_fees_v1 import Params, Price, Recent
from qos.store.collections import Item
from qos.store.values import record_of

STORE = "fees"


PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params))
PRICE: Item[Price] = Item(STORE, b"\x02", record_of(Price, remembered=64))
RECENT: Item[Recent] = Item(STORE, b"\x03", record_of(Recent))
