"""Telling subscribers what happened. A subscriber who does not keep up is dropped; nobody waits for it."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import anyio

from qos.engine.blocks import CommittedBlock
from qos.engine.errors import EngineError
from qos.engine.event_values import Values, block_values, tx_values
from qos.engine.query_language import Query

MAX_BLOCKS_BEHIND: Final = 64
BLOCK_KINDS: Final = ("NewBlock", "NewBlockHeader", "NewBlockEvents")
TX_KIND: Final = "Tx"


class SubscriberTooSlow(EngineError):
    """A subscriber fell more blocks behind than are kept for it."""


class SubscriptionClosed(EngineError):
    """A subscription was ended by its own side."""


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
        self._blocks: deque[tuple[Occurrence, ...]] = deque()
        self._news = anyio.Event()
        self._is_dropped = False
        self._is_closed = False

    def offer(self, occurrences: tuple[Occurrence, ...]) -> None:
        """Queue what matches of one block; who is too far behind gets nothing more."""
        matching = tuple(each for each in occurrences if self.query.matches(each.values))
        if not matching or self._is_dropped:
            return
        if len(self._blocks) < MAX_BLOCKS_BEHIND:
            self._blocks.append(matching)
        else:
            self._is_dropped = True
        self._news.set()

    async def next(self) -> tuple[Occurrence, ...]:
        """Wait for the next block with matches; returns them in order.

        Raises: SubscriptionClosed; SubscriberTooSlow, after what was kept.
        """
        while True:
            if self._is_closed:
                raise SubscriptionClosed("the subscription was ended")
            if self._blocks:
                return self._blocks.popleft()
            if self._is_dropped:
                raise SubscriberTooSlow(f"more than {MAX_BLOCKS_BEHIND} blocks behind: subscribe again")
            self._news = anyio.Event()
            await self._news.wait()

    def close(self) -> None:
        """End the subscription; who waits in `next` is told."""
        self._is_closed = True
        self._news.set()


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
