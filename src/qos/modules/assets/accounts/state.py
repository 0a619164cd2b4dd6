"""Keys of the store `acc`."""

from functools import lru_cache

from qos.base.identifiers import Address
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount, ModuleAccount
from qos.store.access import Reads
from qos.store.collections import Item, Map
from qos.store.keys import ADDRESS
from qos.store.values import UINT, ValueCodec

STORE = "acc"
AnyAccount = BaseAccount | ModuleAccount


_MODULE_HEAD = codec.encode(AnyRecord(type_url=codec.type_url(ModuleAccount)))
"""How the stored form of a module account begins: its type stands before the rest."""


@lru_cache(maxsize=32_768)
def _decode(data: bytes) -> AnyAccount:
    """Decode once between a transaction's check and its execution."""
    wrapped = codec.decode(AnyRecord, data)
    if wrapped.type_url == codec.type_url(ModuleAccount):
        return codec.decode(ModuleAccount, wrapped.value)
    return codec.decode(BaseAccount, wrapped.value)


ACCOUNTS: Map[Address, AnyAccount] = Map(STORE, b"\x01", ADDRESS, ValueCodec(codec.encode_packed, _decode))
NEXT_NUMBER: Item[int] = Item(STORE, b"\x02", UINT)


def kind_of(ctx: Reads, address: Address) -> type[AnyAccount] | None:
    """Return what kind of account an address has: every recipient is asked, so nothing is decoded for it."""
    stored = ctx.read(STORE, ACCOUNTS.raw_key(address))
    if stored is None:
        return None
    return ModuleAccount if stored.startswith(_MODULE_HEAD) else BaseAccount
