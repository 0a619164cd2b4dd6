"""Relays refund what missed its timeout and cannot be delivered: nobody has to ask, one of them pays, once (Q7)."""

from dataclasses import replace

from qos.base.blocktime import HOUR_NS, SECOND_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.messages import BringHome
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import REFUNDED
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgRefundExpired
from qos.testing.chain import ALICE
from qos.testing.relay_faults import pause_shop
from qos.testing.relay_group import RELAYS
from qos.testing.relay_traffic import TRANSFER, send_some
from qos.testing.relay_world import QOS, SHOP, RelayWorld

TEN_MINUTES_NS = 600 * SECOND_NS


def send(world: RelayWorld, count: int = 1) -> None:
    amount = Coin(denom=BASE_DENOM, amount=500)
    send_some(world, count, replace(TRANSFER, amount=amount, timeout=TEN_MINUTES_NS))


def pass_time(world: RelayWorld, seconds: int) -> None:
    world.now_ns += seconds * SECOND_NS
    world.step(30)


def minutes(world: RelayWorld, count: int) -> None:
    """Let each relay have its turn: one has a minute."""
    for _ in range(count):
        pass_time(world, 57)


def refunds(world: RelayWorld) -> list[MsgRefundExpired]:
    messages = [message for block in world.blocks(QOS) for message in world.messages(block)]
    return [message for message in messages if isinstance(message, MsgRefundExpired)]


def test_what_cannot_be_delivered_comes_home_by_itself_and_costs_one_relay_one_fee() -> None:
    world = RelayWorld()
    pause_shop(world)
    world.step(20)
    send(world, 3)
    before = world.balance(QOS, ALICE.address)
    pass_time(world, 500)
    assert world.balance(QOS, ESCROW) == 1_500, "in time still"
    pass_time(world, 200)
    minutes(world, 8)
    assert world.balance(QOS, ALICE.address) == before + 1_500
    assert world.balance(QOS, ESCROW) == 0
    assert [message.sequence for message in refunds(world)] == [1, 2, 3]
    assert len({message.submitter for message in refunds(world)} & {key.address for key in RELAYS}) == 1


def test_what_was_brought_home_is_consumed_as_expired_when_deliveries_go_on() -> None:
    world = RelayWorld()
    pause_shop(world)
    world.step(20)
    send(world)
    pass_time(world, 700)
    minutes(world, 5)
    assert world.balance(QOS, ESCROW) == 0
    after = world.balance(QOS, ALICE.address)
    world.now_ns += 72 * HOUR_NS
    world.until(lambda: world.settled() and world.queue(QOS, SHOP).inbox == 1, seconds=120)
    assert world.balance(QOS, ALICE.address) == after
    assert not list(REFUNDED.items(world.state(QOS)))
    assert not world.peer(QOS, SHOP).frozen_because


def test_what_can_be_delivered_late_is_delivered_and_its_result_refunds_it() -> None:
    """A refund besides would cost a fee for nothing."""
    world = RelayWorld()
    for relay in world.relays:
        relay.down = True
    send(world)
    pass_time(world, 630)
    for relay in world.relays:
        relay.start()
    world.until(lambda: world.settled() and world.balance(QOS, ESCROW) == 0, seconds=60)
    minutes(world, 5)
    assert not refunds(world)


def test_nothing_is_handed_in_for_a_destination_that_stands_still_before_the_timeout() -> None:
    """Its time decides, not ours: at home it would be refused, and cost a fee each minute."""
    world = RelayWorld()
    pause_shop(world)
    world.step(20)
    send(world)
    world.nodes[SHOP].stands_still = True
    minutes(world, 20)
    assert world.done(BringHome)
    assert not refunds(world)
