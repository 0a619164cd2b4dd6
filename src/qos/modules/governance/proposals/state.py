"""Keys of the store `gov`."""

from qos.base.identifiers import Address
from qos.proto.records.qos_gov_v1 import Ballots, Params, Proposal, Row, Vote
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, U64, pair
from qos.store.values import UINT, record_of

STORE = "gov"


PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params, remembered=8))
LAST_ID: Item[int] = Item(STORE, b"\x02", UINT)
PROPOSALS: Map[int, Proposal] = Map(STORE, b"\x03", U64, record_of(Proposal))
DEPOSITS: Map[tuple[int, Address], int] = Map(STORE, b"\x04", pair(U64, ADDRESS), UINT)
VOTES: Map[tuple[int, Address], Vote] = Map(STORE, b"\x05", pair(U64, ADDRESS), record_of(Vote))
ROWS: Map[tuple[int, Address], Row] = Map(STORE, b"\x06", pair(U64, ADDRESS), record_of(Row))
"""Running sums by proposal and validator."""
BALLOTS: Map[Address, Ballots] = Map(STORE, b"\x07", ADDRESS, record_of(Ballots))
WAITING: Index[tuple[int, int]] = Index(STORE, b"\x08", pair(U64, U64))
"""Proposals without their whole deposit, by the end of their time."""
READY: Index[tuple[int, int]] = Index(STORE, b"\x09", pair(U64, U64))
"""Proposals with it, by rank: the most important level first."""
ENDING: Index[tuple[int, int]] = Index(STORE, b"\x0a", pair(U64, U64))
VOTING: Index[int] = Index(STORE, b"\x0b", U64)
COUNTED: Index[int] = Index(STORE, b"\x0c", U64)
