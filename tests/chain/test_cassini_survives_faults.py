"""Scenario 3: relays fall silent, restart, lose messages; what was sent arrives once and in order (R1, R4, R5)."""

from collections.abc import Iterable
from random import Random

import pytest

from qos.cassini.leader import leader
from qos.cassini.messages import Deliver, Event, HeadSeen, Order, SendSignature
from qos.testing.chain import BOB
from qos.testing.relay_group import ATTESTERS
from qos.testing.relay_traffic import send_some
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld

KEYS = [key.public for key in ATTESTERS]


def arrived(world: RelayWorld) -> int:
    held = [
        amount for (owner, denom), amount in world.holdings(SHOP) if owner == BOB.address and denom.startswith("qcp/")
    ]
    return sum(held) // 7


@pytest.mark.parametrize("silent", range(4))
def test_one_silent_relay_stops_nothing(silent: int) -> None:
    world = RelayWorld()
    world.relays[silent].down = True
    send_some(world)
    world.until(world.settled, seconds=30)
    assert arrived(world) == 3


def test_when_the_leader_is_silent_the_next_takes_over_after_ten_seconds() -> None:
    world = RelayWorld()
    first, second = (KEYS.index(leader(KEYS, 1, attempt)) for attempt in (0, 1))
    world.relays[first].tamper = lambda order: () if isinstance(order, Deliver) else (order,)
    send_some(world)
    world.until(lambda: len(world.batches()) == 1)
    fixed = world.batches()[0].fixed_at_ms
    world.until(lambda: arrived(world) == 3, seconds=30)
    took_ms = world.now_ns // 1_000_000 - fixed
    assert 10_000 <= took_ms <= 11_500
    assert [type(order) for order in world.relays[second].done].count(Deliver) == 1


def test_two_of_four_gone_stop_everything_and_one_back_is_enough() -> None:
    world = RelayWorld()
    for relay in world.relays[:2]:
        relay.down = True
    send_some(world)
    world.step(900)
    assert (arrived(world), world.batches()) == (0, [])
    world.relays[0].start()
    assert world.until(world.settled, seconds=30) <= 30_000
    assert arrived(world) == 3


def test_relays_that_slept_carry_what_was_sent_meanwhile() -> None:
    world = RelayWorld()
    for relay in world.relays:
        relay.down = True
    for _ in range(3):
        send_some(world)
        world.step(20)
    for relay in world.relays:
        relay.start()
    assert world.until(world.settled, seconds=30) <= 10_000
    assert arrived(world) == 9


def test_relays_restarted_in_the_middle_resume_from_the_queues() -> None:
    for moment in range(1, 12):
        world = RelayWorld()
        send_some(world)
        world.step(moment)
        for relay in world.relays:
            relay.start()
        world.until(world.settled, seconds=30)
        assert arrived(world) == 3, f"restarted after {moment} steps"


def test_a_chain_that_is_down_for_half_a_minute_delays_and_loses_nothing() -> None:
    for name in (QOS, SHOP, HUB):
        world = RelayWorld()
        send_some(world)
        world.nodes[name].down = True
        world.step(300)
        world.nodes[name].down = False
        assert world.until(world.settled, seconds=60) <= 30_000, name
        assert arrived(world) == 3


@pytest.mark.parametrize("seed", range(6))
def test_lost_orders_and_lost_events_only_delay(seed: int) -> None:
    world, chance = RelayWorld(), Random(seed)

    def lossy(order: Order) -> Iterable[Order]:
        return () if chance.random() < 0.3 else (order,)

    def deaf(event: Event) -> bool:
        return isinstance(event, HeadSeen) and chance.random() < 0.3

    for relay in world.relays:
        relay.tamper, relay.misses = lossy, deaf
    send_some(world)
    world.step(30)
    send_some(world, 4)
    world.until(world.settled, seconds=300)
    assert arrived(world) == 7


def test_orders_done_twice_change_nothing_twice() -> None:
    world = RelayWorld()
    for relay in world.relays:
        relay.tamper = lambda order: (order, order)
    send_some(world)
    world.until(world.settled, seconds=30)
    assert arrived(world) == 3


def test_relays_that_saw_different_heights_still_agree() -> None:
    world = RelayWorld()
    for number, relay in enumerate(world.relays):
        relay.down = number > 0
    send_some(world)
    for relay in world.relays[1:]:
        world.step(12)
        relay.start()
    world.until(world.settled, seconds=30)
    assert arrived(world) == 3


def test_a_batch_whose_proofs_the_source_forgot_is_agreed_again_under_a_later_header() -> None:
    world = RelayWorld(keep_versions=20)
    for relay in world.relays:
        relay.tamper = lambda order: () if isinstance(order, SendSignature) else (order,)
    send_some(world)
    world.until(lambda: len(world.batches()) == 1)
    for relay in world.relays:
        relay.down = True
        relay.tamper = lambda order: (order,)
    world.step(300)
    for relay in world.relays:
        relay.start()
    assert world.until(world.settled, seconds=60) <= 15_000
    assert arrived(world) == 3


def test_hundreds_of_waiting_packets_start_to_flow_within_ten_seconds() -> None:
    world = RelayWorld()
    for relay in world.relays:
        relay.down = True
    for _ in range(6):
        send_some(world, 50)
    for relay in world.relays:
        relay.start()
    assert world.until(lambda: world.queue(SHOP, QOS).inbox > 0) <= 10_000
    world.until(lambda: world.queue(SHOP, QOS).inbox >= 300)
    spans = [(each.abstract.first, each.abstract.last) for each in world.batches() if each.source_chain == QOS]
    assert spans[:4] == [(1, 64), (65, 128), (129, 192), (193, 256)]
