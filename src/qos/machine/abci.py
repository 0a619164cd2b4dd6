"""The door between engine and application: ABCI 2.0 in plain Python values.

The engine calls `finalize_block` then `commit` for each height, in order; every other call may come
at any time in between and never sees a half-executed block.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from qos.base.errors import RuleViolation
from qos.machine.context import BlockInfo
from qos.proto.records.tendermint_abci import Event, ExecTxResult

NOT_FOUND_PREFIX = "rpc error: code = NotFound desc = "
"""How the log of a query for a missing thing begins: clients look for it."""


def without_prefix(log: str) -> str:
    """Return the sentence of a refusal as people read it, the same through every edge."""
    return log.removeprefix(NOT_FOUND_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What the application has committed, and the time of that block; before genesis ran 0, no hash, no chain id."""

    height: int
    app_hash: bytes
    app_version: int
    chain_id: str
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorUpdate:
    """A consensus key and its new power; power 0 removes it."""

    public_key: bytes
    power: int


class Terms(NamedTuple):
    """What a transaction says of itself: who must sign at which sequence, what is offered, by whom, until when.

    `price` is the fee for a unit of gas, rounded down; `timeout_height` 0 means no end.
    """

    signers: tuple[tuple[bytes, int], ...]
    payer: bytes
    fee: int
    gas_limit: int
    price: int
    timeout_height: int


class Ahead(NamedTuple):
    """What waits before a transaction: how many of each of its signers, and what its payer has promised for them."""

    counts: tuple[tuple[bytes, int], ...] = ()
    promised: int = 0


NOTHING_AHEAD = Ahead()
Place = Callable[[Terms], Ahead]
"""Finds a transaction's place among those that wait. Raises: a RuleViolation when there is none."""


def first_place(terms: Terms) -> Ahead:
    """Return the place where nothing waits."""
    del terms
    return NOTHING_AHEAD


class CheckResult(NamedTuple):
    """Whether a transaction may wait in the mempool; `terms` when it may."""

    code: int
    codespace: str = ""
    log: str = ""
    gas_wanted: int = 0
    gas_used: int = 0
    terms: Terms | None = None


def refused(error: RuleViolation) -> CheckResult:
    """Return the answer to a transaction that a rule refuses."""
    return CheckResult(code=error.number, codespace=error.codespace, log=str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRequest:
    """A decided block. `block` names it; `txs` are its transactions in order."""

    block: BlockInfo
    txs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockResult:
    """What executing a block gave; `app_hash` belongs into the next header."""

    tx_results: tuple[ExecTxResult, ...]
    events: tuple[Event, ...]
    validator_updates: tuple[ValidatorUpdate, ...]
    app_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOp:
    """One link of a proof from a value up to the app hash."""

    type: str
    key: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """Answer to a query; `height` is the version it was answered at, whose root is in header height + 1."""

    code: int = 0
    codespace: str = ""
    log: str = ""
    key: bytes = b""
    value: bytes = b""
    proof_ops: tuple[ProofOp, ...] = ()
    height: int = 0


class Application(Protocol):
    """A replicated state machine as an engine sees it."""

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        ...

    def init_chain(self, genesis: bytes) -> bytes:
        """Load the genesis document (JSON bytes); returns the app hash for the first header."""
        ...

    def check_tx(self, tx: bytes, *, recheck: bool = False, place: Place = first_place) -> CheckResult:
        """Decide whether a transaction may wait behind what `place` says; nothing is remembered of who waits.

        `place` is asked after the bytes were read and before any state or signature is looked at.
        """
        ...

    def gas_price(self) -> int:
        """Return what a unit of gas costs at least in the next block."""
        ...

    def prepare_proposal(self, txs: list[bytes], block: BlockInfo, max_bytes: int) -> list[bytes]:
        """Choose from waiting transactions what `process_proposal` will accept, in order."""
        ...

    def process_proposal(self, txs: tuple[bytes, ...], block: BlockInfo) -> str:
        """Return why a proposed block is refused, or an empty text."""
        ...

    def finalize_block(self, request: BlockRequest) -> BlockResult:
        """Execute a decided block in memory."""
        ...

    def commit(self) -> None:
        """Make the finalized block durable in one atomic write."""
        ...

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer from committed state; height 0 means the newest that can be proved."""
        ...
