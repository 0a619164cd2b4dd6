"""The blocks of CometBFT, asked of its private RPC: it runs in a process beside this one."""

from base64 import b64encode
from typing import Final, TypeVar

from qos.base.errors import RuleViolation
from qos.client import node
from qos.client.calls import BatchTransport, Call
from qos.client.errors import BadAnswer, CallFailed, Unreachable
from qos.client.lightblocks import whole_set
from qos.client.node import TxAnswer
from qos.engine.consensus_params import ConsensusParams
from qos.machine.abci import CheckResult, refused
from qos.machine.errors import MempoolFull, TxInMempool, TxTooLarge
from qos.proto.records.tendermint_types import Validator
from qos.rpc.services import comet_calls
from qos.rpc.services.comet_calls import NodeStatus
from qos.rpc.services.ledger import Found, Identity, NamedBlock, PlacedTx, Tip, Wish
from qos.rpc.services.status import CallRefused, Status

T = TypeVar("T")
_NOT_FOUND: Final = ") not found"
_NO_SUCH_PAGE: Final = "page should be within"
_MEMPOOL_REFUSALS: Final[tuple[tuple[str, type[RuleViolation], str], ...]] = (
    ("tx already exists in cache", TxInMempool, "tx already exists in cache"),
    ("mempool is full", MempoolFull, "mempool is full: try again after the next block"),
    ("Tx too large", TxTooLarge, "tx too large"),
)
"""What the engine says before it asks the application, and the rule that says so on every engine."""


class CometLedger:
    """Implements `ledger.Ledger`; `rpc_address` is where clients reach this node's RPC."""

    def __init__(self, engine: BatchTransport, rpc_address: str) -> None:
        self._engine = engine
        self._rpc_address = rpc_address

    async def identity(self) -> Identity:
        """Return who the node is."""
        return (await self._status()).identity

    async def tip(self) -> Tip:
        """Return how far the node is."""
        return (await self._status()).tip

    async def params(self) -> ConsensusParams:
        """Return the limits of the newest block."""
        return await self._ask(comet_calls.params(max((await self.tip()).height, 1)))

    async def block(self, height: int) -> NamedBlock:
        """Return a stored block."""
        return await self._ask(comet_calls.block(height))

    async def validators(self, height: int) -> tuple[Validator, ...]:
        """Return who signs a height, at most one beyond the newest."""
        try:
            return await whole_set(self._engine, height)
        except (CallFailed, Unreachable, BadAnswer) as error:
            raise _failed(error) from None

    async def transaction(self, tx_hash: bytes) -> PlacedTx | None:
        """Return the transaction with a hash."""
        try:
            found = await self._send(node.tx(tx_hash))
        except CallFailed as error:
            if _NOT_FOUND in str(error):
                return None
            raise _failed(error) from None
        return (await self._placed([found]))[0]

    async def search(self, wish: Wish) -> Found:
        """Return a page of the transactions that match."""
        number, behind = divmod(wish.start, wish.limit)
        total, found = await self._page(wish, number + 1)
        if behind:  # the engine counts in pages
            _, more = await self._page(wish, number + 2)
            found = [*found, *more][behind : behind + wish.limit]
        return Found(txs=await self._placed(found), total=total)

    async def _page(self, wish: Wish, number: int) -> tuple[int, list[TxAnswer]]:
        """Return the total and one page; nothing stands behind the last page."""
        try:
            call = node.tx_search(wish.query, page=number, per_page=wish.limit, descending=wish.descending)
            page = await self._send(call)
        except CallFailed as error:
            if _NO_SUCH_PAGE not in str(error):
                raise _failed(error) from None
            first = await self._ask(node.tx_search(wish.query, per_page=1))
            return first.total, []
        return page.total, [*page.txs]

    async def submit(self, tx: bytes) -> CheckResult:
        """Hand a transaction in; its code says whether it may wait."""
        try:
            return await self._send(comet_calls.submit(b64encode(tx).decode()))
        except CallFailed as error:
            for words, rule, sentence in _MEMPOOL_REFUSALS:
                if words in str(error):
                    return refused(rule(sentence))
            raise _failed(error) from None

    async def _status(self) -> NodeStatus:
        return await self._ask(comet_calls.status(self._rpc_address))

    async def _placed(self, found: list[TxAnswer]) -> tuple[PlacedTx, ...]:
        heights = tuple(dict.fromkeys(each.height for each in found))
        try:
            times = await self._engine.send_all([comet_calls.block_time(height) for height in heights])
        except (CallFailed, Unreachable, BadAnswer) as error:
            raise _failed(error) from None
        time_of = dict(zip(heights, times, strict=True))
        return tuple(
            PlacedTx(height=each.height, tx=each.tx, result=each.result, time_ns=time_of[each.height]) for each in found
        )

    async def _ask(self, call: Call[T]) -> T:
        """Return the answer to a call. Raises: CallRefused."""
        try:
            return await self._send(call)
        except CallFailed as error:
            raise _failed(error) from None

    async def _send(self, call: Call[T]) -> T:
        """Return the answer to a call. Raises: CallFailed, CallRefused."""
        try:
            return await self._engine.send(call)
        except (Unreachable, BadAnswer) as error:
            raise _failed(error) from None


def _failed(error: CallFailed | Unreachable | BadAnswer) -> CallRefused:
    match error:
        case CallFailed():
            return CallRefused(Status.INVALID_ARGUMENT, str(error))
        case Unreachable():
            return CallRefused(Status.UNAVAILABLE, f"the engine does not answer: {error.reason}")
        case BadAnswer():
            return CallRefused(Status.INTERNAL, f"the engine's answer cannot be read: {error}")
