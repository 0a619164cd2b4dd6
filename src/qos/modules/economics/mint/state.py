"""Keys of the store `mint`."""

from qos.proto.records.qos_mint_v1 import Clock, Params, Phase
from qos.store.collections import Item, Map
from qos.store.keys import U64
from qos.store.values import UINT, record_of

STORE = "mint"

PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params))
PHASES: Map[int, Phase] = Map(STORE, b"\x02", U64, record_of(Phase))
CLOCK: Item[Clock] = Item(STORE, b"\x03", record_of(Clock))
INTERVALS: Map[int, int] = Map(STORE, b"\x04", U64, UINT)
"""In ms by slot; a slot that is not there holds the block time."""
START: Item[int] = Item(STORE, b"\x05", UINT)
"""Begin of the first phase, in ns since 1970."""
