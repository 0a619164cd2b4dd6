"""Scenario 24: thousands of packets wait after an outage of all relays; they drain in order, a new one right after."""

import os
from typing import Any

from qos.base.identifiers import BASE_DENOM
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer
from qos.testing.chain import ALICE, BOB, CAROL, DAVE
from qos.testing.relay_world import QOS, SHOP, RelayWorld

A_TRANSACTION = 25
WAITING = 25_000 if os.environ.get("QOS_LONG") == "1" else 500
SENDERS = (ALICE, BOB, CAROL, DAVE)


def send_some(world: RelayWorld, number: int) -> None:
    sender = SENDERS[number % len(SENDERS)]
    message = MsgSendTransfer(
        sender=sender.address, destination=SHOP, recipient=sender.address, amount=Coin(denom=BASE_DENOM, amount=1)
    )
    world.send(QOS, sender, *[message] * A_TRANSACTION)


def test_a_backlog_starts_to_flow_within_ten_seconds_and_drains_within_150() -> None:
    world = RelayWorld(keep_versions=5_000)
    for name in (QOS, SHOP):
        # Each looks at every packet there is, after every block.
        machine: Any = world.nodes[name].machine
        machine.check_invariants = lambda: None
    for relay in world.relays:
        relay.down = True
    for number in range(WAITING // A_TRANSACTION):
        send_some(world, number)
        world.step()
    world.until(lambda: world.queue(QOS, SHOP).outbox == WAITING)
    for relay in world.relays:
        relay.start()
    first_ms = world.until(lambda: world.queue(SHOP, QOS).inbox > 0)
    assert first_ms <= 10_000
    send_some(world, 0)
    # Answers that come home are acknowledged behind them, so that the queue grows on.
    last = WAITING + A_TRANSACTION
    sent_ms = world.until(lambda: world.queue(QOS, SHOP).outbox == last)
    rest_ms = sent_ms + world.until(lambda: world.queue(SHOP, QOS).inbox >= last, seconds=200)
    assert first_ms + rest_ms <= 150_000
    world.until(world.settled, seconds=300)
    assert world.receipt(SHOP, QOS, last).code == 0
