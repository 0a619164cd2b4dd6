"""Keys of the store `consortium`."""

from functools import lru_cache

from qos.base.identifiers import Address
from qos.proto import codec
from qos.proto.records.qos_consortium_v1 import Member, Params, Registration, Root, SeatState
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, TAIL_BYTES, KeyCodec, pair
from qos.store.values import UINT, ValueCodec

STORE = "consortium"
KEY_ID_BYTES = 32


def _encode_key_id(key_id: bytes) -> bytes:
    if len(key_id) != KEY_ID_BYTES:
        raise ValueError(f"key id has {len(key_id)} bytes")
    return key_id


def _decode_key_id(data: bytes, offset: int) -> tuple[bytes, int]:
    end = offset + KEY_ID_BYTES
    if end > len(data):
        raise ValueError("key ends within a key id")
    return data[offset:end], end


KEY_ID: KeyCodec[bytes] = KeyCodec(_encode_key_id, _decode_key_id)
"""32 raw bytes."""


@lru_cache(maxsize=8)
def _decode_params(data: bytes) -> Params:
    """Decode once: every transaction reads them."""
    return codec.decode(Params, data)


@lru_cache(maxsize=4096)
def _decode_member(data: bytes) -> Member:
    """Decode once: every transaction of a member reads it."""
    return codec.decode(Member, data)


PARAMS: Item[Params] = Item(STORE, b"\x01", ValueCodec(codec.encode, _decode_params))
"""Absent when there is no consortium."""
ROOTS: Map[bytes, Root] = Map(STORE, b"\x02", KEY_ID, ValueCodec(codec.encode, lambda data: codec.decode(Root, data)))
MEMBERS: Map[Address, Member] = Map(STORE, b"\x03", ADDRESS, ValueCodec(codec.encode, _decode_member))
REGISTRATIONS: Map[Address, Registration] = Map(
    STORE, b"\x04", ADDRESS, ValueCodec(codec.encode, lambda data: codec.decode(Registration, data))
)
HOLDERS: Map[bytes, Address] = Map(STORE, b"\x05", KEY_ID, ValueCodec(bytes, Address))
"""The account a node's key stands for."""
LISTS: Map[bytes, int] = Map(STORE, b"\x06", KEY_ID, UINT)
"""Number of the last revocation list, by issuer."""
REVOKED: Index[tuple[bytes, bytes]] = Index(STORE, b"\x07", pair(KEY_ID, TAIL_BYTES))
"""Issuer and serial; a removed root under its own id with no serial."""
SEATS: Map[bytes, SeatState] = Map(
    STORE, b"\x08", KEY_ID, ValueCodec(codec.encode, lambda data: codec.decode(SeatState, data))
)
"""Validators by consensus key, 32 bytes too."""
