"""Keys of the store `qcp`. Queue ids are 32 raw bytes, so that proofs name rows by prefix, queue and sequence."""

from qos.base.identifiers import Address
from qos.modules.crosschain.qcp.packets import QUEUE_ID_BYTES
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.qos_qcp_v1 import (
    Bucket,
    Checkpoint,
    CheckpointAsset,
    ClientState,
    Params,
    Peer,
    Pending,
    PendingEpoch,
    Receipt,
    Release,
    Retired,
    Voucher,
)
from qos.store.collections import Index, Item, Map
from qos.store.keys import ADDRESS, TAIL_TEXT, TEXT, U64, KeyCodec, pair, triple
from qos.store.values import RAW, UINT, record_of

STORE = "qcp"


def _encode_queue(queue_id: bytes) -> bytes:
    if len(queue_id) != QUEUE_ID_BYTES:
        raise ValueError(f"queue id has {len(queue_id)} bytes")
    return queue_id


def _decode_queue(data: bytes, offset: int) -> tuple[bytes, int]:
    end = offset + QUEUE_ID_BYTES
    if end > len(data):
        raise ValueError("key ends within a queue id")
    return data[offset:end], end


QUEUE_ID: KeyCodec[bytes] = KeyCodec(_encode_queue, _decode_queue)
"""32 raw bytes."""
ROW = pair(QUEUE_ID, U64)
"""Queue id and sequence."""

OUTBOX: Map[tuple[bytes, int], bytes] = Map(STORE, b"\x01", ROW, RAW)
"""Canonical packets by outgoing queue: what peers get proven."""
INBOX_SEQUENCE: Map[bytes, int] = Map(STORE, b"\x02", QUEUE_ID, UINT)
"""Last received sequence by incoming queue."""
OUTBOX_SEQUENCE: Map[bytes, int] = Map(STORE, b"\x03", QUEUE_ID, UINT)
"""Last sent sequence by outgoing queue."""
RECEIPTS: Map[tuple[bytes, int], Receipt] = Map(STORE, b"\x04", ROW, record_of(Receipt))
"""What became of received packets, by incoming queue."""
ACKNOWLEDGED: Map[bytes, int] = Map(STORE, b"\x05", QUEUE_ID, UINT)
"""Highest of our sequences the peer said it received, by outgoing queue."""
PENDING: Map[tuple[bytes, int], Pending] = Map(STORE, b"\x06", ROW, record_of(Pending))
"""Requests that wait for their result, by outgoing queue."""
OUTSTANDING: Map[tuple[bytes, str], int] = Map(STORE, b"\x07", pair(QUEUE_ID, TAIL_TEXT), UINT)
"""What of our assets a peer confirmed to hold, by outgoing queue and asset; what is pending is not in it."""
PEERS: Map[str, Peer] = Map(STORE, b"\x10", TAIL_TEXT, record_of(Peer, remembered=256))
CLIENTS: Map[str, ClientState] = Map(STORE, b"\x11", TAIL_TEXT, record_of(ClientState))
HEADERS: Map[tuple[str, int], TrustedState] = Map(STORE, b"\x12", pair(TEXT, U64), record_of(TrustedState))
"""Accepted headers by chain and height; those below the floor of their client count no more."""
VOUCHERS: Map[str, Voucher] = Map(STORE, b"\x13", TAIL_TEXT, record_of(Voucher))
CLAIMS: Map[tuple[Address, int, str], int] = Map(STORE, b"\x14", triple(ADDRESS, U64, TAIL_TEXT), UINT)
"""Refunds that could not be credited, by owner, 1 where claiming mints (else 0), and asset."""
RELAY_PAUSES: Map[bytes, int] = Map(STORE, b"\x15", QUEUE_ID, UINT)
"""Inbox sequence of the last pause by relays, plus one, by incoming queue."""
REFUNDED: Map[tuple[bytes, int], bytes] = Map(STORE, b"\x16", ROW, RAW)
"""Payload hashes of requests that were refunded after their timeout and have no result yet, by outgoing queue (Q7)."""
PROVED_INBOX: Map[bytes, int] = Map(STORE, b"\x17", QUEUE_ID, UINT)
"""Highest of our sequences that anybody proved a peer had received, by outgoing queue."""
BUCKETS: Map[tuple[bytes, str], Bucket] = Map(STORE, b"\x18", pair(QUEUE_ID, TAIL_TEXT), record_of(Bucket))
"""What is missing to a full bucket, by incoming queue and asset (Q14)."""
FLOORS: Map[tuple[bytes, str], int] = Map(STORE, b"\x19", pair(QUEUE_ID, TAIL_TEXT), UINT)
"""Registered smallest capacities of buckets, by incoming queue and asset."""
RELEASES: Map[tuple[bytes, int], Release] = Map(STORE, b"\x1a", ROW, record_of(Release))
"""What came above its limit and waits, by incoming queue and sequence of the packet that brought it."""
RELEASES_DUE: Index[tuple[int, tuple[bytes, int]]] = Index(STORE, b"\x1b", pair(U64, ROW))
"""Releases by the block time at which they are paid by themselves."""
WAITING: Map[bytes, int] = Map(STORE, b"\x1c", QUEUE_ID, UINT)
"""How many requests wait for their result, by outgoing queue."""
WAITING_OF: Map[tuple[bytes, Address], int] = Map(STORE, b"\x1d", pair(QUEUE_ID, ADDRESS), UINT)
"""The same by sender."""
WAITING_COINS: Map[tuple[bytes, str], int] = Map(STORE, b"\x34", pair(QUEUE_ID, TAIL_TEXT), UINT)
"""How much of an asset is escrowed by requests that wait for their result, by outgoing queue and asset."""
REGISTRATIONS: Map[str, int] = Map(STORE, b"\x1e", TAIL_TEXT, UINT)
"""Highest registration number of every chain that ever was a peer (Q1)."""
RETIRED: Map[bytes, Retired] = Map(STORE, b"\x1f", QUEUE_ID, record_of(Retired))
"""Queues that ended, by outgoing queue (Q8)."""
SWEEPS: Index[bytes] = Index(STORE, b"\x22", QUEUE_ID)
"""Retired queues with requests to refund or rows to clear, by outgoing queue."""
OUTBOX_DUE: Map[tuple[int, bytes], int] = Map(STORE, b"\x23", pair(U64, QUEUE_ID), UINT)
"""Up to which sequence packets may be forgotten, by block time and outgoing queue (Q17)."""
RECEIPTS_DUE: Map[tuple[int, bytes], int] = Map(STORE, b"\x24", pair(U64, QUEUE_ID), UINT)
"""The same of receipts, by block time and incoming queue."""
PRUNED: Map[bytes, int] = Map(STORE, b"\x25", QUEUE_ID, UINT)
"""Last sequence that was forgotten: packets by outgoing queue, receipts by incoming queue."""
SENT_ACK: Map[bytes, int] = Map(STORE, b"\x26", QUEUE_ID, UINT)
"""The acknowledgement in the last packet we sent, by outgoing queue."""
FAILING: Map[bytes, int] = Map(STORE, b"\x27", QUEUE_ID, UINT)
"""The request to be consumed as failed when it comes, by incoming queue."""
PENDING_EPOCHS: Map[bytes, PendingEpoch] = Map(STORE, b"\x30", QUEUE_ID, record_of(PendingEpoch))
"""Relay keys whose day has not passed, by incoming queue."""
DEPOSITS: Map[tuple[str, str, Address], int] = Map(STORE, b"\x31", triple(TEXT, TEXT, ADDRESS), UINT)
"""What deliveries of a chain's requests are paid from, by chain, asset and owner."""
CHECKPOINTS: Map[str, Checkpoint] = Map(STORE, b"\x32", TEXT, record_of(Checkpoint))
CHECKPOINT_ASSETS: Map[tuple[str, str], CheckpointAsset] = Map(
    STORE, b"\x33", pair(TEXT, TAIL_TEXT), record_of(CheckpointAsset)
)
"""What was proved of a peer's assets, by chain and denomination."""
PARAMS: Item[Params] = Item(STORE, b"\x20", record_of(Params, remembered=16))
RUNNING: Item[int] = Item(STORE, b"\x21", UINT)
"""There while payloads run, so only inside a transaction (Q9)."""
