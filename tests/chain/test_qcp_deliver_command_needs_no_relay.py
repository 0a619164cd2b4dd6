"""[Q16] Whoever has a node of both chains delivers what waited for 6 hours; no relay and no archive is needed."""

import pytest

from qos.base.blocktime import HOUR_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.adapters.unrelayed import NothingToDeliver, unrelayed_messages
from qos.cassini.messages import Deliver
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import CLIENTS
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgReceiveProven, MsgSendTransfer, MsgUpdateClient
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_world import QOS, SHOP, RelayWorld, run_now


def messages(world: RelayWorld, source: str, destination: str) -> tuple[Record, ...]:
    nodes = world.nodes[destination], world.nodes[source]
    return run_now(unrelayed_messages(*nodes, BOB.address, world.now_ns))


def deliver(world: RelayWorld, source: str, destination: str) -> None:
    inbox = world.queue(destination, source).inbox
    world.send(destination, BOB, *messages(world, source, destination))
    world.until(lambda: world.queue(destination, source).inbox > inbox)


def later(world: RelayWorld, hours: int) -> None:
    """Let time pass in which both chains make blocks, so that their nodes forget old states."""
    for _ in range(hours):
        world.now_ns += HOUR_NS
        world.step(150)


def test_a_request_and_its_result_go_round_without_a_relay() -> None:
    world = RelayWorld(keep_versions=20)
    for relay in world.relays:
        relay.down = True
    coin = Coin(denom=BASE_DENOM, amount=7)
    sent = MsgSendTransfer(sender=ALICE.address, destination=SHOP, recipient=BOB.address, amount=coin)
    world.send(QOS, ALICE, sent, sent)
    world.step(30)
    with pytest.raises(NothingToDeliver, match="without relays it passes from"):
        messages(world, QOS, SHOP)
    later(world, 7)
    kinds = [type(each) for each in messages(world, QOS, SHOP)]
    assert kinds == [MsgUpdateClient, MsgUpdateClient, MsgReceiveProven]
    deliver(world, QOS, SHOP)
    voucher = voucher_denom((world.peer(QOS, SHOP).outgoing,), BASE_DENOM)
    assert world.balance(SHOP, BOB.address, voucher) == 14
    with pytest.raises(NothingToDeliver, match="nothing waits"):
        messages(world, QOS, SHOP)
    later(world, 7)
    deliver(world, SHOP, QOS)
    assert world.settled()
    assert world.balance(QOS, ESCROW) == 14


def test_a_packet_older_than_all_headers_of_its_time_is_delivered_all_the_same() -> None:
    """The headers of its first days are forgotten; an older one that is still there shows how long it waited."""
    world = RelayWorld()
    for relay in world.relays:
        relay.tamper = lambda order: () if isinstance(order, Deliver) else (order,)
    coin = Coin(denom=BASE_DENOM, amount=7)
    timeout = MsgSendTransfer(
        sender=ALICE.address, destination=QOS, recipient=BOB.address, amount=coin, timeout=7 * 24 * HOUR_NS
    )
    world.send(SHOP, ALICE, timeout)
    world.step(10)
    sent = world.nodes[SHOP].height
    for _ in range(12):
        world.now_ns += 24 * HOUR_NS
        world.step(40)
    client = CLIENTS.get(world.state(QOS), SHOP)
    assert client is not None
    assert client.floor > sent
    deliver(world, SHOP, QOS)
    assert world.queue(QOS, SHOP).inbox == 1
