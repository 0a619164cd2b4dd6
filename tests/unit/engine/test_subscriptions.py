"""Subscribers: what they get, and that a slow one is dropped."""

import anyio
import pytest

from qos.engine.embedded.io.subscriptions import (
    MAX_BLOCKS_BEHIND,
    Kind,
    SubscriberTooSlow,
    SubscriptionClosed,
    Subscriptions,
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
