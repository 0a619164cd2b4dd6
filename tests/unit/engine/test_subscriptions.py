"""Subscribers: what they get, and that a slow one is dropped."""

import anyio
import pytest

from qos.engine.embedded.io.subscriptions import (
    MAX_BLOCKS_BEHIND,
    Kind,
    Occurrence,
    SubscriberTooSlow,
    SubscriptionClosed,
    Subscriptions,
    occurrences_of,
)
from qos.engine.query_language import parse_query
from qos.testing.engine_worlds import produce, world


def test_a_subscriber_gets_what_matches_in_order() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions()
        _, subscription = subscriptions.open(parse_query("tm.event='Tx' AND app.sender='bob'"))
        for committed in produce(world().producer(), [b"from:bob:a=1", b"c=1", b"from:bob:b=2"], [], [b"from:bob:d=1"]):
            subscriptions.publish(committed)
        assert [(each.kind, each.index) for each in await subscription.next()] == [(Kind.TX, 0), (Kind.TX, 2)]
        assert [each.committed.height for each in await subscription.next()] == [3]

    anyio.run(scenario)


BLOCK_KINDS = (Kind.NEW_ROUND, Kind.COMPLETE_PROPOSAL, Kind.NEW_BLOCK, Kind.NEW_BLOCK_HEADER, Kind.NEW_BLOCK_EVENTS)


@pytest.mark.parametrize("kind", BLOCK_KINDS)
def test_every_block_is_announced_in_each_form(kind: Kind) -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions()
        _, subscription = subscriptions.open(parse_query(f"tm.event='{kind.value}'"))
        for committed in produce(world().producer(), [], []):
            subscriptions.publish(committed)
        (occurrence,) = await subscription.next()
        assert (occurrence.kind, occurrence.committed.height) == (kind, 1)

    anyio.run(scenario)


def test_a_subscriber_too_far_behind_is_dropped_after_what_was_kept() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions()
        _, slow = subscriptions.open(parse_query("tm.event='NewBlock'"))
        (committed,) = produce(world().producer(), [])
        for _ in range(MAX_BLOCKS_BEHIND + 2):
            subscriptions.publish(committed)
        for _ in range(MAX_BLOCKS_BEHIND):
            await slow.next()
        with pytest.raises(SubscriberTooSlow):
            await slow.next()

    anyio.run(scenario)


def test_one_slow_subscriber_does_not_hold_up_another() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions()
        subscriptions.open(parse_query("tm.event='NewBlock'"))
        _, quick = subscriptions.open(parse_query("tm.event='NewBlock'"))
        (committed,) = produce(world().producer(), [])
        for _ in range(2 * MAX_BLOCKS_BEHIND):
            subscriptions.publish(committed)
            assert len(await quick.next()) == 1

    anyio.run(scenario)


def test_a_closed_subscription_is_released() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions()
        key, subscription = subscriptions.open(parse_query("tm.event='NewBlock'"))
        subscriptions.close(key)
        subscriptions.close(key)
        assert len(subscriptions) == 0
        with pytest.raises(SubscriptionClosed):
            await subscription.next()

    anyio.run(scenario)


QUERIES = (
    "tm.event='Tx'",
    "tm.event='Tx' AND app.sender='bob'",
    "app.sender='bob'",
    "app.sender='bob' AND app.key='c'",
    "tx.height>1",
    "tm.event='NewBlock' AND block.parity='0'",
    "tm.event='Tx' AND tm.event='NewBlock'",
    "app.sender='nobody'",
    "app.unsearchable='yes'",
    "app.sender='bob' AND tx.height>2",
)


@pytest.mark.parametrize("query", QUERIES)
def test_a_subscriber_gets_exactly_what_its_query_matches(query: str) -> None:
    """However it is found: all others are subscribed too."""
    blocks = produce(world().producer(), [b"from:bob:a=1", b"c=1", b"from:eve:b=2"], [], [b"from:bob:c=1"])
    parsed = parse_query(query)
    expected = [each for block in blocks for each in occurrences_of(block) if parsed.matches(each.values)]

    async def scenario() -> None:
        subscriptions = Subscriptions()
        keys = [subscriptions.open(parse_query(each))[0] for each in QUERIES if each != query]
        key, subscription = subscriptions.open(parsed)
        for block in blocks:
            subscriptions.publish(block)
        for each in keys:
            subscriptions.close(each)
        found: list[Occurrence] = []
        with anyio.move_on_after(0.05):
            while True:
                found += await subscription.next()
        assert found == expected
        subscriptions.close(key)
        assert len(subscriptions) == 0

    anyio.run(scenario)
