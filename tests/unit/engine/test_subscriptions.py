"""Subscribers: what they get, and that a slow one is dropped."""

import anyio
import pytest

from qos.crypto import ed25519
from qos.engine.embedded.io.subscriptions import (
    MAX_BLOCKS_BEHIND,
    SubscriberTooSlow,
    SubscriptionClosed,
    Subscriptions,
)
from qos.engine.embedded.occurrences import Kind, Occurrence, Step, occurrences_of
from qos.engine.query_language import parse_query
from qos.lightclient.hashes import PREVOTE, canonical_vote_bytes
from qos.proto.records.tendermint_types import Commit
from qos.testing.engine_worlds import CHAIN_ID, produce, world


def no_votes() -> Commit:
    raise AssertionError("nobody asked for votes")


def test_a_subscriber_gets_what_matches_in_order() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions(no_votes)
        _, subscription = subscriptions.open(parse_query("tm.event='Tx' AND app.sender='bob'"))
        for committed in produce(world().producer(), [b"from:bob:a=1", b"c=1", b"from:bob:b=2"], [], [b"from:bob:d=1"]):
            subscriptions.publish(committed)
        assert [(each.kind, each.index) for each in await subscription.next()] == [(Kind.TX, 0), (Kind.TX, 2)]
        assert [each.committed.height for each in await subscription.next()] == [3]

    anyio.run(scenario)


BLOCK_KINDS = (
    Kind.NEW_ROUND,
    Kind.COMPLETE_PROPOSAL,
    Kind.VALID_BLOCK,
    Kind.POLKA,
    Kind.LOCK,
    Kind.NEW_BLOCK,
    Kind.NEW_BLOCK_HEADER,
    Kind.NEW_BLOCK_EVENTS,
)


@pytest.mark.parametrize("kind", BLOCK_KINDS)
def test_every_block_is_announced_in_each_form(kind: Kind) -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions(no_votes)
        _, subscription = subscriptions.open(parse_query(f"tm.event='{kind.value}'"))
        for committed in produce(world().producer(), [], []):
            subscriptions.publish(committed)
        (occurrence,) = await subscription.next()
        assert (occurrence.kind, occurrence.committed.height) == (kind, 1)

    anyio.run(scenario)


def test_a_subscriber_too_far_behind_is_dropped_after_what_was_kept() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions(no_votes)
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
        subscriptions = Subscriptions(no_votes)
        subscriptions.open(parse_query("tm.event='NewBlock'"))
        _, quick = subscriptions.open(parse_query("tm.event='NewBlock'"))
        (committed,) = produce(world().producer(), [])
        for _ in range(2 * MAX_BLOCKS_BEHIND):
            subscriptions.publish(committed)
            assert len(await quick.next()) == 1

    anyio.run(scenario)


def test_a_closed_subscription_is_released() -> None:
    async def scenario() -> None:
        subscriptions = Subscriptions(no_votes)
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
    expected = [each for block in blocks for each in occurrences_of(block, None) if parsed.matches(each.values)]

    async def scenario() -> None:
        subscriptions = Subscriptions(no_votes)
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


def test_each_block_goes_through_all_steps() -> None:
    (committed,) = produce(world().producer(), [])
    steps = [each.step for each in occurrences_of(committed, None) if each.kind is Kind.NEW_ROUND_STEP]
    assert steps == [Step.PROPOSE, Step.PREVOTE, Step.PRECOMMIT, Step.COMMIT, Step.NEW_HEIGHT]


def test_who_asks_for_votes_gets_signed_prevotes_and_the_precommits_of_the_commit() -> None:
    producer = world((10, 10, 10)).producer()
    (committed,) = produce(producer, [])

    async def scenario() -> None:
        subscriptions = Subscriptions(producer.prevotes)
        _, subscription = subscriptions.open(parse_query("tm.event='Vote'"))
        subscriptions.publish(committed)
        votes = await subscription.next()
        assert [(each.step, each.index) for each in votes] == [
            (step, index) for step in (Step.PREVOTE, Step.PRECOMMIT) for index in range(3)
        ]
        assert votes[-1].votes == committed.commit
        for vote, validator in zip(votes[0].votes.signatures, producer.state.voters.validators, strict=True):
            message = canonical_vote_bytes(PREVOTE, 1, 0, committed.block_id, vote.timestamp, CHAIN_ID)
            ed25519.verify(validator.pub_key.ed25519 or b"", message, vote.signature)

    anyio.run(scenario)


@pytest.mark.parametrize("kind", ["TimeoutPropose", "TimeoutWait", "Relock", "Unlock"])
def test_who_waits_for_trouble_is_heard_and_told_nothing(kind: str) -> None:
    """One process decides in the first round: nothing of this can happen to it."""

    async def scenario() -> None:
        subscriptions = Subscriptions(no_votes)
        _, subscription = subscriptions.open(parse_query(f"tm.event='{kind}'"))
        for committed in produce(world().producer(), [b"a=1"], []):
            subscriptions.publish(committed)
        with anyio.move_on_after(0.01) as waiting:
            await subscription.next()
        assert waiting.cancelled_caught

    anyio.run(scenario)
