"""Telling subscribers what happened. A subscriber who does not keep up is dropped; nobody waits for it."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import anyio

from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.occurrences import Kind, Occurrence, occurrences_of
from qos.engine.errors import EngineError
from qos.engine.event_values import EVENT_TYPE
from qos.engine.query_language import Query
from qos.proto.records.tendermint_types import Commit

MAX_BLOCKS_BEHIND: Final = 64
Value = tuple[str, str]
"""A key and its value, such as `tm.event` and `Tx`."""

_VOTES: Final[Value] = (EVENT_TYPE, Kind.VOTE.value)
"""Whoever can get votes asks for them so: they have no other value."""

COMPARED_A_TURN: Final = 256
"""Occurrences one subscriber compares before others, and the next block, have their turn: 0.3 ms."""


class SubscriberTooSlow(EngineError):
    """A subscriber fell more blocks behind than are kept for it."""


class SubscriptionClosed(EngineError):
    """A subscription was ended by its own side."""


class Subscription:
    """What one subscriber asked for. Made by `Subscriptions.open`.

    What may match is kept as it comes and compared with the whole query when the subscriber has its turn: a block
    costs no more than a place in the queue of each subscriber it may concern.
    """

    def __init__(self, query: Query, turns: anyio.Lock) -> None:
        self.query = query
        self._turns = turns
        self._blocks: deque[tuple[Occurrence, ...]] = deque()
        self._news = anyio.Event()
        self._is_dropped = False
        self._is_closed = False

    def offer(self, occurrences: tuple[Occurrence, ...]) -> None:
        """Queue what may match of one block; who is too far behind gets nothing more."""
        if self._is_dropped:
            return
        if len(self._blocks) < MAX_BLOCKS_BEHIND:
            self._blocks.append(occurrences)
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
                matching = await self._matching(self._blocks.popleft())
                if matching:
                    return matching
            elif self._is_dropped:
                raise SubscriberTooSlow(f"more than {MAX_BLOCKS_BEHIND} blocks behind: subscribe again")
            else:
                self._news = anyio.Event()
                await self._news.wait()

    async def _matching(self, occurrences: tuple[Occurrence, ...]) -> tuple[Occurrence, ...]:
        """Compare in turns with all other subscribers, a few occurrences each, so that blocks come in between."""
        found: list[Occurrence] = []
        for start in range(0, len(occurrences), COMPARED_A_TURN):
            async with self._turns:
                part = occurrences[start : start + COMPARED_A_TURN]
                found += [each for each in part if self.query.matches(each.values)]
        return tuple(found)

    def close(self) -> None:
        """End the subscription; who waits in `next` is told."""
        self._is_closed = True
        self._news.set()


class Subscriptions:
    """All subscribers of one engine, each under one value its query asks for: the others are never looked at.

    `prevotes` signs those that led to the newest block; it is called for subscribers of votes only.
    """

    def __init__(self, prevotes: Callable[[], Commit]) -> None:
        self._prevotes = prevotes
        self._open: dict[int, Subscription] = {}
        self._by_value: dict[Value | None, dict[int, Subscription]] = {}
        self._turns = anyio.Lock()
        self._next_key = 0

    def __len__(self) -> int:
        return len(self._open)

    def open(self, query: Query) -> tuple[int, Subscription]:
        """Start a subscription; returns the key to close it with."""
        self._next_key += 1
        subscription = Subscription(query, self._turns)
        self._open[self._next_key] = subscription
        self._by_value.setdefault(_value_of(query), {})[self._next_key] = subscription
        return self._next_key, subscription

    def close(self, key: int) -> None:
        """End a subscription; one that was dropped is released too."""
        subscription = self._open.pop(key, None)
        if subscription is None:
            return
        value = _value_of(subscription.query)
        del self._by_value[value][key]
        if not self._by_value[value]:
            del self._by_value[value]
        subscription.close()

    def publish(self, committed: CommittedBlock) -> None:
        """Offer a block and its transactions to everyone they may concern."""
        if not self._open:
            return
        concerned: dict[Value | None, list[Occurrence]] = {}
        for occurrence in occurrences_of(committed, self._prevotes if _VOTES in self._by_value else None):
            for value in self._asked_for(occurrence):
                concerned.setdefault(value, []).append(occurrence)
        for value, occurrences in concerned.items():
            offered = tuple(occurrences)
            for subscription in self._by_value[value].values():
                subscription.offer(offered)

    def _asked_for(self, occurrence: Occurrence) -> Iterator[Value | None]:
        """Yield the values of an occurrence that subscribers are found under, each once."""
        if None in self._by_value:
            yield None
        for key, values in occurrence.values.items():
            for value in dict.fromkeys(values):
                if (key, value) in self._by_value:
                    yield key, value


def _value_of(query: Query) -> Value | None:
    """Return the key and text a query's matches must have, the most telling one; None when it names none."""
    texts = [(each.key, each.operand) for each in query.conditions if isinstance(each.operand, str)]
    telling = [each for each in texts if each[0] != EVENT_TYPE] or texts
    return telling[0] if telling else None
