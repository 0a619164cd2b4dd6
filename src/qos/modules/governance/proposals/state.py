"""Keys of the store `gov`."""

from functools import lru_cache

from qos.base.identifiers import Address
from qos.proto import codec
from qos.proto.records.qos_gov_v1 import Ballots, Params, Proposal, Row, Vote
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, U64, pair
from qos.store.values import UINT, ValueCodec

STORE = "gov"


@lru_cache(maxsize=8)
def _decode_params(data: bytes) -> Params:
    """Decode once: every message reads them."""
    return codec.decode(Params, data)


PARAMS: Item[Params] = Item(STORE, b"\x01", ValueCodec(codec.encode, _decode_params))
LAST_ID: Item[int] = Item(STORE, b"\x02", UINT)
PROPOSALS: Map[int, Proposal] = Map(
    STORE, b"\x03", U64, ValueCodec(codec.encode, lambda data: codec.decode(Proposal, data))
)
DEPOSITS: Map[tuple[int, Address], int] = Map(STORE, b"\x04", pair(U64, ADDRESS), UINT)
VOTES: Map[tuple[int, Address], Vote] = Map(
    STORE, b"\x05", pair(U64, ADDRESS), ValueCodec(codec.encode, lambda data: codec.decode(Vote, data))
)
ROWS: Map[tuple[int, Address], Row] = Map(
    STORE, b"\x06", pair(U64, ADDRESS), ValueCodec(codec.encode, lambda data: codec.decode(Row, data))
)
"""Running sums by proposal and validator."""
BALLOTS: Map[Address, Ballots] = Map(
    STORE, b"\x07", ADDRESS, ValueCodec(codec.encode, lambda data: codec.decode(Ballots, data))
)
WAITING: Index[tuple[int, int]] = Index(STORE, b"\x08", pair(U64, U64))
"""Proposals without their whole deposit, by the end of their time."""
READY: Index[tuple[int, int]] = Index(STORE, b"\x09", pair(U64, U64))
"""Proposals with it, by rank: the most important level first."""
ENDING: Index[tuple[int, int]] = Index(STORE, b"\x0a", pair(U64, U64))
VOTING: Index[int] = Index(STORE, b"\x0b", U64)
COUNTED: Index[int] = Index(STORE, b"\x0c", U64)
