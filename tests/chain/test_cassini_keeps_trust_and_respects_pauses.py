"""Foreign light clients stay fresh without packets, and a closed queue costs no relay a fee (Q12)."""

from dataclasses import replace

from qos.base.blocktime import HOUR_NS
from qos.cassini.messages import Deliver, KeepTrust
from qos.modules.crosschain.qcp.state import CLIENTS
from qos.testing.chain import ALICE
from qos.testing.relay_faults import pause_shop
from qos.testing.relay_group import RELAYS
from qos.testing.relay_traffic import TRANSFER, send_some
from qos.testing.relay_world import QOS, SHOP, RelayWorld


def client_height(world: RelayWorld, chain_id: str, source: str) -> int:
    found = CLIENTS.get(world.state(chain_id), source)
    assert found is not None
    return found.height


def test_clients_get_a_header_before_a_third_of_their_period_is_over_twice() -> None:
    world = RelayWorld()
    world.step(20)
    before = client_height(world, QOS, SHOP), client_height(world, SHOP, QOS)
    world.now_ns += 50 * HOUR_NS
    world.step(2_500)
    assert (client_height(world, QOS, SHOP), client_height(world, SHOP, QOS)) == before, "not due yet"
    world.now_ns += 7 * HOUR_NS
    world.step(2_500)
    assert client_height(world, QOS, SHOP) > before[0]
    assert client_height(world, SHOP, QOS) > before[1]
    assert len(world.done(KeepTrust)) == 2 + 2 * 4 * 2, "one relay's turn at the start, all four after each wait"


def test_one_update_is_enough_for_all_relays() -> None:
    world = RelayWorld()
    world.step(20)
    spent = [world.balance(QOS, key.address) for key in RELAYS]
    world.now_ns += 57 * HOUR_NS
    world.step(3_000)
    payers = [one != world.balance(QOS, key.address) for one, key in zip(spent, RELAYS, strict=True)]
    assert payers.count(True) == 1


def test_nothing_is_submitted_to_a_paused_queue_and_all_flows_when_the_pause_lapses() -> None:
    world = RelayWorld()
    pause_shop(world)
    send_some(world, 1)
    blocks = world.nodes[SHOP].store
    start = world.nodes[SHOP].height
    world.step(300)
    assert world.done(Deliver), "the leader looked"
    sent = [tx for height in range(start + 1, world.nodes[SHOP].height + 1) for tx in blocks.block(height).data.txs]
    assert not sent
    world.now_ns += 72 * HOUR_NS
    world.until(lambda: world.queue(SHOP, QOS).inbox == 1, seconds=120)


def test_a_stuck_queue_delays_no_other() -> None:
    world = RelayWorld()
    pause_shop(world)
    send_some(world, 20)
    world.step(100)
    back = replace(TRANSFER, destination=QOS)
    for _ in range(4):
        world.send(SHOP, ALICE, back)
        world.until(lambda: world.queue(SHOP, QOS).outbox > world.queue(QOS, SHOP).inbox)
        assert world.until(lambda: world.queue(SHOP, QOS).outbox == world.queue(QOS, SHOP).inbox) <= 2_000
        world.step(200)
    assert world.queue(SHOP, QOS).inbox == 0
