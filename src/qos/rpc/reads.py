"""What a job of a reader process works on: the committed state and the blocks of one chain, opened to read only."""

from dataclasses import dataclass

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.machine.chain import Chain
from qos.store.multistore import MultiStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Open read-only; `state.at(height)` and every read of `blocks` see the newest commits of the node.

    `state.version` is that of the start: a job is told the height it works at.
    """

    chain: Chain
    state: MultiStore
    kept_blocks: LmdbBlockStore | None
    """None where another program keeps the blocks."""

    @property
    def blocks(self) -> LmdbBlockStore:
        """The blocks of the embedded engine."""
        assert self.kept_blocks is not None
        return self.kept_blocks
