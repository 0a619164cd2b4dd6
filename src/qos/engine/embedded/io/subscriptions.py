"""Telling subscribers what happened. A subscriber who does not keep up is dropped; nobody waits for it."""

from dataclasses import dataclass
from typing import Final

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from qos.engine.blocks import CommittedBlock
from qos.engine.errors import EngineError
from qos.engine.event_values import Values, block_values, tx_values
from qos.engine.query_language import Query

MAX_BLOCKS_BEHIND: Final = 64
BLOCK_KINDS: Final = ("NewBlock", "NewBlockHeader", "NewBlockEvents")
TX_KIND: Final = "Tx"


class SubscriberTooSlow(EngineError):
    """A subscriber fell more blocks behind than are kept for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something subscribers may ask for. `index` is the transaction's place in the block for kind `Tx`, else 0."""

    kind: str
    committed: CommittedBlock
    index: int
    values: Values


class Subscription:
    """What one subscriber asked for. Made by `Subscriptions.open`."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._send: MemoryObjectSendStream[tuple[Occurrence, ...]]
        self._receive: MemoryObjectReceiveStream[tuple[Occurrence, ...]]
        self._send, self._receive = anyio.create_memory_object_stream[tuple[Occurrence, ...]](MAX_BLOCKS_BEHIND)

    def offer(self, occurrences: tuple[Occurrence, ...]) -> bool:
        """Queue what matches of one block; False when the subscriber is too slow and was cut off."""
        matching = tuple(each for each in occurrences if self.query.matches(each.values))
        if not matching:
            return True
        try:
            self._send.send_nowait(matching)
        except anyio.WouldBlock:
            self._send.close()
            return False
        return True

    async def next(self) -> tuple[Occurrence, ...]:
        """Wait for the next block with matches; returns them in order. Raises: SubscriberTooSlow, once drained."""
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            raise SubscriberTooSlow(f"more than {MAX_BLOCKS_BEHIND} blocks behind: subscribe again") from None

    def close(self) -> None:
        """Release both ends."""
        self._send.close()
        self._receive.close()


class Subscriptions:
    """All subscribers of one engine."""

    def __init__(self) -> None:
        self._open: dict[int, Subscription] = {}
        self._next_key = 0

    def __len__(self) -> int:
        return len(self._open)

    def open(self, query: Query) -> tuple[int, Subscription]:
        """Start a subscription; returns the key to close it with."""
        self._next_key += 1
        subscription = Subscription(query)
        self._open[self._next_key] = subscription
        return self._next_key, subscription

    def close(self, key: int) -> None:
        """End a subscription; one that was dropped is released too."""
        subscription = self._open.pop(key, None)
        if subscription is not None:
            subscription.close()

    def publish(self, committed: CommittedBlock) -> None:
        """Offer a block and its transactions to everyone."""
        if not self._open:
            return
        occurrences = occurrences_of(committed)
        for subscription in self._open.values():
            subscription.offer(occurrences)


def occurrences_of(committed: CommittedBlock) -> tuple[Occurrence, ...]:
    """Return what a block means to subscribers: transactions in order between block and header, as CometBFT."""
    blocks = [
        Occurrence(kind=kind, committed=committed, index=0, values=block_values(kind, committed))
        for kind in BLOCK_KINDS
    ]
    txs = [
        Occurrence(kind=TX_KIND, committed=committed, index=index, values=tx_values(tx, committed.height, result))
        for index, (tx, result) in enumerate(
            zip(committed.block.data.txs, committed.result.tx_results, strict=True),
        )
    ]
    return (*blocks, *txs)
