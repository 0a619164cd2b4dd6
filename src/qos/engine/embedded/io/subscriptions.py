"""Telling subscribers what happened. A subscriber who does not keep up is dropped; nobody waits for it."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

import anyio

from qos.engine.blocks import CommittedBlock
from qos.engine.errors import EngineError
from qos.engine.event_values import Values, block_values, tx_values
from qos.engine.query_language import Query
from qos.proto.records.tendermint_types import BlockIDFlag

MAX_BLOCKS_BEHIND: Final = 64


class Kind(Enum):
    """What subscribers may ask for with `tm.event`; rounds beyond the first, locks and evidence do not happen here."""

    NEW_ROUND = "NewRound"
    COMPLETE_PROPOSAL = "CompleteProposal"
    VOTE = "Vote"
    NEW_BLOCK = "NewBlock"
    NEW_BLOCK_HEADER = "NewBlockHeader"
    NEW_BLOCK_EVENTS = "NewBlockEvents"
    TX = "Tx"
    VALIDATOR_SET_UPDATES = "ValidatorSetUpdates"


class SubscriberTooSlow(EngineError):
    """A subscriber fell more blocks behind than are kept for it."""


class SubscriptionClosed(EngineError):
    """A subscription was ended by its own side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something subscribers may ask for. `index` is the place of a `Tx` in its block, of a `Vote` in its commit."""

    kind: Kind
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
    """Return what a block means to subscribers, in CometBFT's order: round, block, transactions, changed set."""

    def of(kind: Kind, values: Values | None = None, index: int = 0) -> Occurrence:
        return Occurrence(kind=kind, committed=committed, index=index, values=values or block_values(kind.value))

    result = committed.result
    votes = [
        of(Kind.VOTE, index=index)
        for index, vote in enumerate(committed.commit.signatures)
        if vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_COMMIT
    ]
    txs = [
        of(Kind.TX, tx_values(tx, committed.height, outcome), index)
        for index, (tx, outcome) in enumerate(zip(committed.block.data.txs, result.tx_results, strict=True))
    ]
    changed = [of(Kind.VALIDATOR_SET_UPDATES)] if result.validator_updates else []
    return (
        of(Kind.NEW_ROUND),
        of(Kind.COMPLETE_PROPOSAL),
        *votes,
        of(Kind.NEW_BLOCK, block_values("NewBlock", result.events)),
        of(Kind.NEW_BLOCK_HEADER),
        of(Kind.NEW_BLOCK_EVENTS, block_values("NewBlockEvents", result.events)),
        *txs,
        *changed,
    )
