"""How a snapshot is told to other nodes over ABCI, and what is believed of one they tell.

The metadata are the time of the block, u64, and the SHA-256 of each chunk; the hash is over height and metadata. They
only say which chunk to fetch again: what is believed is the app hash the engine's light client verified, which every
node of the state must add up to. The time is covered by nothing; until the next block comes, transactions are checked
at it.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from qos.base.encoding import u64
from qos.node.snapshots.files import FORMAT, Snapshot
from qos.proto.records import tendermint_abci as abci

MAX_CHUNKS: Final = 8_192
"""64 GiB of state before compression."""

_TIME_BYTES: Final = 8
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A snapshot another node offers, and the app hash it must have."""

    height: int
    time_ns: int
    chunk_hashes: tuple[bytes, ...]
    app_hash: bytes


def told(snapshot: Snapshot) -> abci.Snapshot:
    """Return what other nodes are told of a snapshot."""
    metadata = u64(snapshot.time_ns) + b"".join(each.hash for each in snapshot.chunks)
    return abci.Snapshot(
        height=snapshot.height,
        format=FORMAT,
        chunks=len(snapshot.chunks),
        hash=_hash(snapshot.height, metadata),
        metadata=metadata,
    )


def understood(request: abci.RequestOfferSnapshot) -> Offer | None:
    """Return what is offered, None when it cannot be a snapshot of this format."""
    found, metadata = request.snapshot, request.snapshot.metadata
    if not 0 < found.chunks <= MAX_CHUNKS or len(metadata) != _TIME_BYTES + _HASH_BYTES * found.chunks:
        return None
    is_whole = 0 < found.height < 2**63 and found.hash == _hash(found.height, metadata)
    time_ns = int.from_bytes(metadata[:_TIME_BYTES], "big")
    if not is_whole or time_ns >= 2**63 or len(request.app_hash) != _HASH_BYTES:
        return None
    starts = range(_TIME_BYTES, len(metadata), _HASH_BYTES)
    return Offer(
        height=found.height,
        time_ns=time_ns,
        chunk_hashes=tuple(metadata[at : at + _HASH_BYTES] for at in starts),
        app_hash=request.app_hash,
    )


def _hash(height: int, metadata: bytes) -> bytes:
    return sha256(u64(height) + metadata).digest()
