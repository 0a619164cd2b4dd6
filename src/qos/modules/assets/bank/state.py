"""Keys of the store `bank`."""

from qos.base.identifiers import Address
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.qos_bank_v1 import Asset
from qos.store.collections import Index, Item, Map
from qos.store.keys import LENGTH_ADDRESS, TAIL_TEXT, pair
from qos.store.values import COSMOS_INT, UINT, record_of

STORE = "bank"
HOLDING = pair(LENGTH_ADDRESS, TAIL_TEXT)
"""Owner and denomination."""

SUPPLY: Map[str, int] = Map(STORE, b"\x00", TAIL_TEXT, COSMOS_INT)
METADATA: Map[str, Metadata] = Map(STORE, b"\x01", TAIL_TEXT, record_of(Metadata))
BALANCES: Map[tuple[Address, str], int] = Map(STORE, b"\x02", HOLDING, COSMOS_INT)
ASSETS: Map[str, Asset] = Map(STORE, b"\x10", TAIL_TEXT, record_of(Asset))
FROZEN: Map[tuple[Address, str], int] = Map(STORE, b"\x11", HOLDING, UINT)
FROZEN_HOLDERS: Map[str, int] = Map(STORE, b"\x14", TAIL_TEXT, UINT)
"""How many accounts have a frozen part of an asset: most assets have none, and asking once an asset is cheap."""
PAUSED: Index[str] = Index(STORE, b"\x12", TAIL_TEXT)
NEXT_ID: Item[int] = Item(STORE, b"\x13", UINT)
