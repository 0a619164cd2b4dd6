"""Keys of the store `consortium`."""

from qos.base.identifiers import Address
from qos.proto.records.qos_consortium_v1 import Member, Params, Registration, Root, SeatState
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, TAIL_BYTES, KeyCodec, pair
from qos.store.values import UINT, ValueCodec, record_of

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


PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params, remembered=8))
"""Absent when there is no consortium."""
ROOTS: Map[bytes, Root] = Map(STORE, b"\x02", KEY_ID, record_of(Root))
MEMBERS: Map[Address, Member] = Map(STORE, b"\x03", ADDRESS, record_of(Member, remembered=4096))
REGISTRATIONS: Map[Address, Registration] = Map(STORE, b"\x04", ADDRESS, record_of(Registration))
HOLDERS: Map[bytes, Address] = Map(STORE, b"\x05", KEY_ID, ValueCodec(bytes, Address))
"""The account a node's key stands for."""
LISTS: Map[bytes, int] = Map(STORE, b"\x06", KEY_ID, UINT)
"""Number of the last revocation list, by issuer."""
REVOKED: Index[tuple[bytes, bytes]] = Index(STORE, b"\x07", pair(KEY_ID, TAIL_BYTES))
"""Issuer and serial; a removed root under its own id with no serial."""
SEATS: Map[bytes, SeatState] = Map(STORE, b"\x08", KEY_ID, record_of(SeatState))
"""Validators by consensus key, 32 bytes too."""
