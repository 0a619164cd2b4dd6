"""Keys of the store `staking`."""

from qos.base.encoding import u64
from qos.base.identifiers import Address
from qos.proto.records.qos_staking_v1 import (
    Bond,
    BondedSet,
    Params,
    PastBlock,
    Redelegation,
    Slash,
    Undelegation,
    Validator,
)
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, U64, KeyCodec, pair, triple
from qos.store.values import RAW, UINT, ValueCodec, record_of

STORE = "staking"
TOKEN_BYTES = 16
_HIGHEST = 2**64 - 1


def _decode_tokens(data: bytes, offset: int) -> tuple[int, int]:
    end = offset + TOKEN_BYTES
    if end > len(data):
        raise ValueError("key ends within an amount")
    return int.from_bytes(data[offset:end], "big"), end


def _decode_inverse(data: bytes, offset: int) -> tuple[int, int]:
    number, end = U64.decode(data, offset)
    return _HIGHEST - number, end


TOKENS: KeyCodec[int] = KeyCodec(lambda tokens: tokens.to_bytes(TOKEN_BYTES, "big"), _decode_tokens)
"""An amount of QOS in 16 bytes: the whole supply needs 12."""
INVERSE: KeyCodec[int] = KeyCodec(lambda number: u64(_HIGHEST - number), _decode_inverse)
"""A number whose order is turned round."""
PAIR_OF_ADDRESSES = pair(ADDRESS, ADDRESS)
ENTRY = pair(ADDRESS, U64)
"""A validator and the id of what left it."""


PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params, remembered=8))
VALIDATORS: Map[Address, Validator] = Map(STORE, b"\x02", ADDRESS, record_of(Validator, remembered=256))
BY_CONSENSUS: Map[Address, Address] = Map(STORE, b"\x03", ADDRESS, ValueCodec(bytes, Address))
ORDER: Map[tuple[int, int], Address] = Map(STORE, b"\x04", pair(TOKENS, INVERSE), ValueCodec(bytes, Address))
"""Active validators by tokens, among equals the older one above."""
NEXT_NUMBER: Item[int] = Item(STORE, b"\x05", UINT)
NEXT_ENTRY: Item[int] = Item(STORE, b"\x06", UINT)

BONDS: Map[tuple[Address, Address], Bond] = Map(STORE, b"\x10", PAIR_OF_ADDRESSES, record_of(Bond))
"""By validator and delegator."""
BONDS_OF: Map[tuple[Address, Address], bytes] = Map(STORE, b"\x11", PAIR_OF_ADDRESSES, RAW)
"""By delegator and validator; the values say nothing."""

UNDELEGATIONS: Map[tuple[Address, int], Undelegation] = Map(STORE, b"\x20", ENTRY, record_of(Undelegation))
UNDELEGATIONS_OF: Map[tuple[Address, Address, int], bytes] = Map(STORE, b"\x21", triple(ADDRESS, ADDRESS, U64), RAW)
"""By delegator and validator; the values say nothing."""
REDELEGATIONS: Map[tuple[Address, int], Redelegation] = Map(STORE, b"\x22", ENTRY, record_of(Redelegation))
"""By the validator that was left."""
REDELEGATIONS_OF: Map[tuple[Address, Address, int], bytes] = Map(STORE, b"\x23", triple(ADDRESS, ADDRESS, U64), RAW)
"""By delegator and the validator that was left; the values say nothing."""
REDELEGATIONS_TO: Map[tuple[Address, Address, int], Address] = Map(
    STORE, b"\x24", triple(ADDRESS, ADDRESS, U64), ValueCodec(bytes, Address)
)
"""By destination and delegator: the validator that was left."""
COMPLETING: Map[tuple[int, int], Address] = Map(STORE, b"\x25", pair(U64, U64), ValueCodec(bytes, Address))
"""By time and id: the validator that was left."""

SETS: Map[int, BondedSet] = Map(STORE, b"\x30", U64, record_of(BondedSet, remembered=8))
"""By the first height that the set signs."""
NEWEST_SET: Item[int] = Item(STORE, b"\x07", UINT)
"""The height of the newest set: every block reads it, and to look for the last of many rows costs more than a read."""
OLDEST_SET: Item[int] = Item(STORE, b"\x08", UINT)
HISTORICAL_ENTRIES = 100
"""Recent heights whose signers and headers are remembered."""
PAST: Map[int, PastBlock] = Map(STORE, b"\x31", U64, record_of(PastBlock))
"""The newest blocks, by height modulo HISTORICAL_ENTRIES: a row is written over, none comes or goes."""

LEAVING: Index[tuple[int, Address]] = Index(STORE, b"\x40", pair(U64, ADDRESS))
"""The first height a validator does not sign any more."""
SURVIVING: Index[tuple[int, Address]] = Index(STORE, b"\x41", pair(U64, ADDRESS))
"""Inactive validators by the time they close."""
CLOSED: Index[Address] = Index(STORE, b"\x42", ADDRESS)
"""Closed validators whose bonds return."""
TOMBSTONES: Index[Address] = Index(STORE, b"\x43", ADDRESS)
"""Consensus addresses that never return."""

OUTFLOWS: Map[tuple[Address, int, int], int] = Map(STORE, b"\x50", triple(ADDRESS, U64, U64), UINT)
"""What left a validator and has not completed: by height in level 0, by spans of heights in level 1."""
SLASHES: Map[tuple[Address, int], Slash] = Map(STORE, b"\x51", ENTRY, record_of(Slash))
SETTLING: Map[Address, int] = Map(STORE, b"\x52", ADDRESS, UINT)
"""The next entry to look at after a slash."""
