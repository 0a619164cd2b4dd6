"""Keys of the store `fees`."""

from functools import lru_cache

from qos.proto import codec
from qos.proto.records.qos_fees_v1 import Params
from qos.store.collections import Item, RecordValue

STORE = "fees"


@lru_cache(maxsize=8)
def _decode(data: bytes) -> Params:
    """Decode once: every transaction reads them."""
    return codec.decode(Params, data)


PARAMS: Item[Params] = Item(STORE, b"\x01", RecordValue(codec.encode, _decode))
