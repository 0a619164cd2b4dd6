"""Scenario 9: all relays stop for ever; a user refunds with two nodes and no relay; their return changes nothing."""

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.adapters.refunds import Expired, NothingToRefund, refund_messages
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import REFUNDED
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer, MsgUpdateClient
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_world import QOS, SHOP, RelayWorld, WorldRelay, run_now

TEN_MINUTES_NS = 600 * SECOND_NS
CLAIM = Expired(chain_id=SHOP, sequence=1, submitter=BOB.address)


def without_relays() -> RelayWorld:
    """Return a world whose relays are gone, with a request of 500 on its way."""
    world = RelayWorld(relays=0)
    amount = Coin(denom=BASE_DENOM, amount=500)
    sent = MsgSendTransfer(
        sender=ALICE.address, destination=SHOP, recipient=BOB.address, amount=amount, timeout=TEN_MINUTES_NS
    )
    world.send(QOS, ALICE, sent)
    world.until(lambda: world.queue(QOS, SHOP).outbox == 1)
    return world


def messages(world: RelayWorld, claim: Expired = CLAIM) -> tuple[Record, ...]:
    return run_now(refund_messages(world.nodes[QOS], world.nodes[SHOP], claim, world.now_ns))


def pass_time(world: RelayWorld, seconds: int) -> None:
    world.now_ns += seconds * SECOND_NS
    world.step(30)


def test_a_user_refunds_with_two_nodes_and_no_relay() -> None:
    world = without_relays()
    before = world.balance(QOS, ALICE.address)
    pass_time(world, 700)
    found = messages(world)
    assert isinstance(found[0], MsgUpdateClient)
    world.send(QOS, BOB, *found)
    world.until(lambda: world.balance(QOS, ESCROW) == 0)
    assert world.balance(QOS, ALICE.address) == before + 500
    with pytest.raises(NothingToRefund, match="nothing waits"):
        messages(world)


def test_who_comes_too_early_is_told_when_to_come_again() -> None:
    world = without_relays()
    pass_time(world, 300)
    with pytest.raises(NothingToRefund, match="may be received until"):
        messages(world)


def test_the_return_of_the_relays_changes_nothing() -> None:
    world = without_relays()
    pass_time(world, 700)
    world.send(QOS, BOB, *messages(world))
    world.until(lambda: world.balance(QOS, ESCROW) == 0)
    after = world.balance(QOS, ALICE.address)
    world.relays = [WorldRelay(world, number) for number in range(4)]
    world.step(20)
    world.until(lambda: world.settled() and world.queue(QOS, SHOP).inbox == 1, seconds=60)
    assert world.balance(QOS, ALICE.address) == after
    assert not list(REFUNDED.items(world.state(QOS)))
    assert not world.peer(QOS, SHOP).frozen_because
    voucher = voucher_denom((world.peer(QOS, SHOP).outgoing,), BASE_DENOM)
    assert world.balance(SHOP, BOB.address, voucher) == 0


def test_what_was_received_waits_for_its_result() -> None:
    world = without_relays()
    world.relays = [WorldRelay(world, number) for number in range(4)]
    world.until(lambda: world.queue(SHOP, QOS).inbox == 1, seconds=60)
    world.relays = []
    pass_time(world, 700)
    with pytest.raises(NothingToRefund, match="packet 1"):
        messages(world)
