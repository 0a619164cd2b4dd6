"""Keys of the store `slashing`."""

from functools import lru_cache

from qos.base.identifiers import Address
from qos.proto import codec
from qos.proto.records.qos_slashing_v1 import LeftOut, Params, SigningInfo
from qos.store.collections import Item, Map
from qos.store.keys import ADDRESS, U64, pair
from qos.store.values import RAW, ValueCodec

STORE = "slashing"

PUNISHED = b"\x01"


@lru_cache(maxsize=8)
def _decode_params(data: bytes) -> Params:
    """Decode once: every block reads them."""
    return codec.decode(Params, data)


@lru_cache(maxsize=256)
def _decode_info(data: bytes) -> SigningInfo:
    """Decode once: every block reads those of the whole set, and they rarely change."""
    return codec.decode(SigningInfo, data)


PARAMS: Item[Params] = Item(STORE, b"\x01", ValueCodec(codec.encode, _decode_params))
INFOS: Map[Address, SigningInfo] = Map(STORE, b"\x02", ADDRESS, ValueCodec(codec.encode, _decode_info))
BITS: Map[tuple[Address, int], bytes] = Map(STORE, b"\x03", pair(ADDRESS, U64), RAW)
"""Missed votes, by part of the window; a part in which nothing is missed is absent."""
OFFENCES: Map[tuple[Address, int], bytes] = Map(STORE, b"\x05", pair(ADDRESS, U64), RAW)
"""What a validator was punished for: the height at which it voted twice, or 0 for an attack on light clients."""
LEFT_OUT: Map[Address, LeftOut] = Map(
    STORE, b"\x04", ADDRESS, ValueCodec(codec.encode, lambda data: codec.decode(LeftOut, data))
)
