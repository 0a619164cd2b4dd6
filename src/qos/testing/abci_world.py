"""An application behind ABCI in this process: handler, machine and store in memory, driven by a fake engine."""

import json
from collections.abc import Mapping
from typing import Any

from qos.base.encoding import read_uvarint
from qos.chains.public import PUBLIC
from qos.engine.abci.handler import Handler
from qos.engine.abci.mempool import EngineMempool
from qos.engine.mempool import MempoolLimits
from qos.machine.chain import Chain
from qos.machine.machine import Machine
from qos.proto.records.tendermint_abci import (
    RequestApplySnapshotChunk,
    RequestLoadSnapshotChunk,
    RequestOfferSnapshot,
    ResponseApplySnapshotChunk,
    ResponseApplySnapshotChunkResult,
    ResponseOfferSnapshotResult,
    Snapshot,
)
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.abci_engine import FakeEngine
from qos.testing.chain import genesis_document


class NoStateSync:
    """A node that offers nothing and takes nothing."""

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Offer none."""
        return ()

    def load(self, _request: RequestLoadSnapshotChunk) -> bytes:
        """Have no chunk."""
        return b""

    def offer(self, _request: RequestOfferSnapshot) -> ResponseOfferSnapshotResult:
        """Take none."""
        return ResponseOfferSnapshotResult.ABORT

    def apply(self, _request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk:
        """Take none."""
        return ResponseApplySnapshotChunk(result=ResponseApplySnapshotChunkResult.ABORT)


class AbciWorld:
    """Store, machine, handler and engine. `restart` is what a killed process does."""

    def __init__(
        self,
        genesis: Mapping[str, Any] | None = None,
        *,
        chain: Chain = PUBLIC,
        retain_blocks: int = 0,
        query_reads: int = 500,
        **limits: int,
    ) -> None:
        self.backend = MemoryBackend()
        self._chain = chain
        self.refusals: list[tuple[str, str]] = []
        self._retain_blocks = retain_blocks
        self._query_reads = query_reads
        self._limits = MempoolLimits(**limits)
        document = genesis_document(chain) if genesis is None else genesis
        self.engine = FakeEngine(ask=self.ask, genesis=json.loads(json.dumps(document)))
        self.restart()

    def restart(self) -> None:
        """Open the application again on what was committed."""
        self.machine = Machine(self._chain, MultiStore(self.backend, self._chain.stores), query_reads=self._query_reads)
        self.mempool = EngineMempool(self.machine, self._limits)
        self.handler = Handler(
            self.machine,
            self.mempool,
            NoStateSync(),
            version="test",
            retain_blocks=self._retain_blocks,
            log=lambda call, why: self.refusals.append((call, why)),
        )

    def ask(self, connection: int, content: bytes) -> bytes:
        """Have a frame answered; returns the content of the answer's frame."""
        return content_of_answer(self.handler.handle(content, connection))

    def started(self, blocks: int = 1) -> "AbciWorld":
        """Shake hands and make the first blocks."""
        self.engine.handshake()
        for _ in range(blocks):
            self.engine.block()
        return self


def content_of_answer(answer: bytes) -> bytes:
    """Return what a frame holds."""
    length, at = read_uvarint(answer)
    assert len(answer) == at + length
    return answer[at:]
