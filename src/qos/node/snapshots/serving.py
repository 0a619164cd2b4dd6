"""State sync of a node beside its engine: its snapshots for others, theirs for it (ABCI 2.0)."""

import structlog

from qos.node.home import ChainHome
from qos.node.open_state import OpenState
from qos.node.snapshots.files import FORMAT, MAX_CHUNK_BYTES, BadSnapshot, Snapshot, content_of, read_snapshot
from qos.node.snapshots.offers import told, understood
from qos.node.snapshots.restoring import Restoring
from qos.proto.records import tendermint_abci as abci
from qos.proto.records.tendermint_abci import (
    ResponseApplySnapshotChunk,
    ResponseApplySnapshotChunkResult,
    ResponseOfferSnapshotResult,
)
from qos.store.errors import StoreError

MAX_OFFERS = 10
log = structlog.get_logger("qos.app")


class HomeSnapshots:
    """Implements `StateSync` over the snapshots of a home and its state."""

    def __init__(self, home: ChainHome, state: OpenState) -> None:
        self._home = home
        self._state = state
        self._restoring: Restoring | None = None

    def snapshots(self) -> tuple[abci.Snapshot, ...]:
        """Return what this node offers, the newest first; a damaged one is left out."""
        folders = [each for each in self._home.snapshots_folder.glob("*") if each.name.isdecimal()]
        found: list[abci.Snapshot] = []
        for folder in sorted(folders, key=lambda each: -int(each.name))[:MAX_OFFERS]:
            snapshot = self._read(int(folder.name))
            if snapshot is not None:
                found.append(told(snapshot))
        return tuple(found)

    def load(self, request: abci.RequestLoadSnapshotChunk) -> bytes:
        """Return a chunk for another node, or nothing when it is not there any more."""
        snapshot = self._read(request.height) if request.format == FORMAT else None
        if snapshot is None or request.chunk >= len(snapshot.chunks):
            return b""
        try:
            return content_of(snapshot.folder, snapshot.chunks[request.chunk], MAX_CHUNK_BYTES)
        except BadSnapshot as error:
            log.warning("snapshot damaged", because=str(error))
            return b""

    def _read(self, height: int) -> Snapshot | None:
        folder = self._home.snapshots_folder / str(height)
        if not folder.exists():
            return None
        try:
            return read_snapshot(folder)
        except BadSnapshot as error:
            log.warning("snapshot damaged", because=str(error))
            return None

    def offer(self, request: abci.RequestOfferSnapshot) -> ResponseOfferSnapshotResult:
        """Begin to restore a snapshot of others, or say why not; one that was begun before is dropped."""
        self._drop()
        if self._state.version:
            log.warning("snapshot refused", because="this node has a state: move data/state away to take a snapshot")
            return ResponseOfferSnapshotResult.ABORT
        if request.snapshot.format != FORMAT:
            return ResponseOfferSnapshotResult.REJECT_FORMAT
        offer = understood(request)
        if offer is None:
            log.warning("snapshot refused", height=request.snapshot.height, because="its metadata are malformed")
            return ResponseOfferSnapshotResult.REJECT
        self._restoring = Restoring(offer, self._home.state_folder, self._state.stores)
        log.info("restoring", height=offer.height, chunks=len(offer.chunk_hashes), app_hash=offer.app_hash.hex())
        return ResponseOfferSnapshotResult.ACCEPT

    def apply(self, request: abci.RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk:
        """Take the next chunk; behind the last one the application stands at the snapshot's height."""
        restoring = self._restoring
        if restoring is None:
            return _verdict(ResponseApplySnapshotChunkResult.ABORT)
        if not restoring.fits(request.index, request.chunk):
            log.warning("chunk refused", index=request.index, sender=request.sender)
            return ResponseApplySnapshotChunk(
                result=ResponseApplySnapshotChunkResult.RETRY,
                refetch_chunks=(request.index,),
                reject_senders=(request.sender,) if request.sender else (),
            )
        try:
            restoring.add(request.chunk)
            if restoring.is_complete:
                restoring.finish()
        except StoreError as error:
            log.warning("snapshot refused", height=restoring.offer.height, because=str(error))
            self._drop()
            return _verdict(ResponseApplySnapshotChunkResult.REJECT_SNAPSHOT)
        if restoring.is_complete:
            self._restoring = None
            self._state.replace(restoring.take_place)
            log.info("restored", height=self._state.version)
        return _verdict(ResponseApplySnapshotChunkResult.ACCEPT)

    def _drop(self) -> None:
        if self._restoring is not None:
            self._restoring.abandon()
            self._restoring = None


def _verdict(result: ResponseApplySnapshotChunkResult) -> ResponseApplySnapshotChunk:
    return ResponseApplySnapshotChunk(result=result)
