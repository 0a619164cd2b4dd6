"""What a program gives that can offer versions of the state to other nodes, and take one from them."""

from typing import Protocol

from qos.proto.records.tendermint_abci import (
    RequestApplySnapshotChunk,
    RequestLoadSnapshotChunk,
    RequestOfferSnapshot,
    ResponseApplySnapshotChunk,
    ResponseOfferSnapshotResult,
    Snapshot,
)


class StateSync(Protocol):
    """Snapshots of one node. Answers are those of ABCI 2.0; nothing that others sent makes them raise."""

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return what this node offers, the newest first."""
        ...

    def load(self, request: RequestLoadSnapshotChunk) -> bytes:
        """Return a chunk for another node, or nothing when it is not there any more."""
        ...

    def offer(self, request: RequestOfferSnapshot) -> ResponseOfferSnapshotResult:
        """Begin to restore a snapshot of others, or say why not; one that was begun before is dropped."""
        ...

    def apply(self, request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk:
        """Take the next chunk; behind the last one the application stands at the snapshot's height."""
        ...
