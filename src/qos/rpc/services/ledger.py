"""What gRPC and REST ask of an engine: its blocks and transactions, who runs it, and to take a transaction in."""

from dataclasses import dataclass
from typing import Protocol

from qos.engine.consensus_params import ConsensusParams
from qos.machine.abci import CheckResult
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Block, BlockID, Validator


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a node is and what it speaks; `rpc_address` is where clients reach its RPC."""

    chain_id: str
    node_id: str
    moniker: str
    listen_addr: str
    channels: bytes
    engine_version: str
    p2p_version: int
    block_version: int
    app_version: int
    rpc_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The newest and the oldest stored height, 0 before the first block; whether others are known to be further."""

    height: int
    base: int
    catching_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBlock:
    """A block and what names it."""

    block_id: BlockID
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTx:
    """A transaction where it stands, what it did, and the time of its block in nanoseconds."""

    height: int
    tx: bytes
    result: ExecTxResult
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to search for, and which part of what is found; `limit` is 1 to 100."""

    query: str
    start: int
    limit: int
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The transactions of one page, and how many there are in all."""

    txs: tuple[PlacedTx, ...]
    total: int


class Ledger(Protocol):
    """An engine's blocks. Heights asked for have been compared with `tip`. Raises (all): CallRefused."""

    async def identity(self) -> Identity:
        """Return who the node is."""
        ...

    async def tip(self) -> Tip:
        """Return how far the node is."""
        ...

    async def params(self) -> ConsensusParams:
        """Return the limits of blocks."""
        ...

    async def block(self, height: int) -> NamedBlock:
        """Return a stored block."""
        ...

    async def validators(self, height: int) -> tuple[Validator, ...]:
        """Return who signs a height, at most one beyond the newest."""
        ...

    async def transaction(self, tx_hash: bytes) -> PlacedTx | None:
        """Return the transaction with a hash."""
        ...

    async def search(self, wish: Wish) -> Found:
        """Return a page of the transactions that match."""
        ...

    async def submit(self, tx: bytes) -> CheckResult:
        """Hand a transaction in; its code says whether it may wait."""
        ...
