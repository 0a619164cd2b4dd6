"""Keys of the store `upgrade`."""

from qos.proto.records.cosmos_upgrade_v1beta1 import Plan
from qos.store.collections import Item, Map
from qos.store.keys import TAIL_TEXT
from qos.store.values import UINT, record_of

STORE = "upgrade"

PLAN: Item[Plan] = Item(STORE, b"\x01", record_of(Plan))
VERSIONS: Map[str, int] = Map(STORE, b"\x02", TAIL_TEXT, UINT)
APPLIED: Map[str, int] = Map(STORE, b"\x03", TAIL_TEXT, UINT)
LAST_APPLIED: Item[int] = Item(STORE, b"\x04", UINT)
