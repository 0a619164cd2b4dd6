"""Keys of the store `relay`."""

from qos.base.identifiers import Address
from qos.modules.crosschain.qcp.state import QUEUE_ID, ROW
from qos.proto.records.qos_relay_v1 import Batch, Member, Vote
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, TAIL_TEXT, U64, pair, triple
from qos.store.values import RAW, UINT, record_of

STORE = "relay"

MEMBERS: Map[Address, Member] = Map(STORE, b"\x01", ADDRESS, record_of(Member))
VOTES: Map[tuple[bytes, int, Address], Vote] = Map(STORE, b"\x02", triple(QUEUE_ID, U64, ADDRESS), record_of(Vote))
"""A member's standing vote, by queue and first packet."""
BATCHES: Map[int, Batch] = Map(STORE, b"\x03", U64, record_of(Batch))
QUEUE_BATCHES: Index[tuple[bytes, int]] = Index(STORE, b"\x04", ROW)
"""Batches that are not retired, by queue."""
NEXT_BATCH: Item[int] = Item(STORE, b"\x05", UINT)
VOTED: Index[tuple[Address, bytes, int]] = Index(STORE, b"\x06", triple(ADDRESS, QUEUE_ID, U64))
"""The queues and first packets a member has a standing vote on."""

CONSORTIA: Map[str, bytes] = Map(STORE, b"\x07", TAIL_TEXT, RAW)
"""Root CA, DER, by business chain."""
ROOT_VOTES: Map[tuple[Address, str], bytes] = Map(STORE, b"\x08", pair(ADDRESS, TAIL_TEXT), RAW)
"""What a member says the root of a chain is, by member, until enough say the same."""
