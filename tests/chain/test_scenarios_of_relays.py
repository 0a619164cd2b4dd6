"""Acceptance scenarios between QOS chains with real relays: each named by its number in docs/scenarios.md."""

from hashlib import sha256

from qos.base.blocktime import HOUR_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.tracking import Network, trace
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld, run_now

FIVE_QOS = 5 * 10**18


def send(world: RelayWorld, source: str, destination: str, denom: str, amount: int, count: int = 1) -> bytes:
    """Send requests of Alice to Bob in one transaction; return its hash."""
    coin = Coin(denom=denom, amount=amount)
    giver, taker = (ALICE, BOB) if source == QOS else (BOB, ALICE)
    message = MsgSendTransfer(
        sender=giver.address, destination=destination, recipient=taker.address, amount=coin, timeout=72 * HOUR_NS
    )
    sent = world.queue(source, destination).outbox
    world.send(source, giver, *[message] * count)
    world.until(lambda: world.queue(source, destination).outbox == sent + count)
    return sha256([tx for block in world.blocks(source) for tx in block.data.txs][-1]).digest()


def voucher_of(world: RelayWorld) -> str:
    return voucher_denom((world.peer(QOS, SHOP).outgoing,), BASE_DENOM)


def test_scenario_01_five_qos_go_there_and_come_home_to_the_last_unit() -> None:
    world = RelayWorld()
    supply, escrow = bank.supply(world.state(QOS), BASE_DENOM), world.balance(QOS, ESCROW)
    tx_hash = send(world, QOS, SHOP, BASE_DENOM, FIVE_QOS)
    assert world.balance(QOS, ESCROW) == escrow + FIVE_QOS
    world.until(lambda: world.settled() and world.queue(QOS, SHOP).inbox == 1, seconds=30)
    assert world.balance(SHOP, BOB.address, voucher_of(world)) == FIVE_QOS
    network = Network(
        chains={name: world.nodes[name] for name in (QOS, SHOP)}, relays=world.nodes[HUB], now_ns=world.now_ns
    )
    (found,) = run_now(trace(network, QOS, tx_hash))
    assert found.result is not None
    for leg in (found.request, found.result):
        assert [stage.name for stage in leg.stages] == ["sent", "agreed", "signed", "delivered"]
    send(world, SHOP, QOS, voucher_of(world), FIVE_QOS)
    world.until(world.settled, seconds=30)
    assert bank.supply(world.state(SHOP), voucher_of(world)) == 0
    assert bank.supply(world.state(QOS), BASE_DENOM) == supply
    assert world.balance(QOS, ESCROW) == escrow


def test_scenario_03_two_of_four_deliver_nothing_and_lose_nothing_and_the_third_brings_all_in_order() -> None:
    world = RelayWorld()
    for relay in world.relays[:2]:
        relay.down = True
    send(world, QOS, SHOP, BASE_DENOM, 7, count=5)
    world.step(300)
    assert world.queue(SHOP, QOS).inbox == 0
    assert world.balance(QOS, ESCROW) == 35
    world.relays[0].start()
    world.until(world.settled, seconds=60)
    assert world.balance(SHOP, BOB.address, voucher_of(world)) == 35
    assert [world.receipt(SHOP, QOS, sequence).result for sequence in range(1, 6)] == [1, 2, 3, 4, 5]
