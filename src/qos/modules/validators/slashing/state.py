"""Keys of the store `slashing`."""

from qos.base.identifiers import Address
from qos.proto.records.qos_slashing_v1 import LeftOut, Params, SigningInfo
from qos.store.collections import Item, Map
from qos.store.keys import ADDRESS, U64, pair
from qos.store.values import RAW, record_of

STORE = "slashing"

PUNISHED = b"\x01"


PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params, remembered=8))
INFOS: Map[Address, SigningInfo] = Map(STORE, b"\x02", ADDRESS, record_of(SigningInfo, remembered=256))
BITS: Map[tuple[Address, int], bytes] = Map(STORE, b"\x03", pair(ADDRESS, U64), RAW)
"""Missed votes, by part of the window; a part in which nothing is missed is absent."""
OFFENCES: Map[tuple[Address, int], bytes] = Map(STORE, b"\x05", pair(ADDRESS, U64), RAW)
"""What a validator was punished for: the height at which it voted twice, or 0 for an attack on light clients."""
LEFT_OUT: Map[Address, LeftOut] = Map(STORE, b"\x04", ADDRESS, record_of(LeftOut))
