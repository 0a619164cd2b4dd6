"""Nine standstills, nine reasons, each right within two blocks of where the packet stands (R6)."""

from dataclasses import replace

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.messages import CastVote, Deliver, SendSignature
from qos.cassini.tracking import Network, trace
from qos.client.lightblocks import light_block
from qos.modules.crosschain.qcp.state import VOUCHERS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSetFloor, MsgUpdateClient
from qos.testing.chain import ALICE, AUTHORITY, DAVE
from qos.testing.relay_faults import forked, pass_blocks, pause_shop, withholding
from qos.testing.relay_traffic import TRANSFER, newest_tx, send_some
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld, run_now


def send_packets(world: RelayWorld, count: int = 1, amount: int = 7) -> bytes:
    """Send packets in one transaction and return its hash."""
    send_some(world, count, replace(TRANSFER, amount=Coin(denom=BASE_DENOM, amount=amount)))
    return newest_tx(world)


def waits_for(world: RelayWorld, tx_hash: bytes) -> str:
    """Return the reason of the last packet a transaction sent."""
    chains = {name: world.nodes[name] for name in (QOS, SHOP)}
    network = Network(chains=chains, relays=world.nodes[HUB], now_ns=world.now_ns)
    return run_now(trace(network, QOS, tx_hash))[-1].request.waiting


def stop_relays(world: RelayWorld) -> None:
    for relay in world.relays:
        relay.down = True


def test_the_header_that_proves_it_is_not_final():
    world = RelayWorld()
    stop_relays(world)
    world.send(QOS, ALICE, TRANSFER)
    while world.queue(QOS, SHOP).outbox == 0:
        world.now_ns += SECOND_NS // 10
        world.nodes[QOS].tick(world.now_ns)
    assert waits_for(world, newest_tx(world)) == "the next block of qos-1, whose header proves it"


def test_votes_are_missing():
    world = RelayWorld()
    for relay in world.relays[:2]:
        relay.tamper = withholding(CastVote)
    tx_hash = send_packets(world)
    pass_blocks(world, QOS, 2)
    assert waits_for(world, tx_hash) == "votes: 2 of 4 relays have seen it, 3 are needed"


def test_signatures_are_missing():
    world = RelayWorld()
    for relay in world.relays[:2]:
        relay.tamper = withholding(SendSignature)
    tx_hash = send_packets(world)
    pass_blocks(world, QOS, 2)
    assert waits_for(world, tx_hash) == "signatures: 2 of 4 relays have signed, 3 are needed"


def test_the_leader_is_silent():
    world = RelayWorld()
    for relay in world.relays:
        relay.tamper = withholding(Deliver)
    tx_hash = send_packets(world)
    pass_blocks(world, QOS, 2)
    first = waits_for(world, tx_hash)
    assert first.startswith("delivery: relay ")
    assert "the leader, is silent for" in first
    world.step(100)
    second = waits_for(world, tx_hash)
    assert second.startswith("delivery: after 1 turns in vain relay ")
    next_relay = first.partition("the turn of relay ")[2][:16]
    assert f"relay {next_relay}, the leader" in second


def test_the_light_client_of_the_destination_expired():
    world = RelayWorld()
    stop_relays(world)
    tx_hash = send_packets(world)
    world.now_ns += 8 * DAY_NS
    pass_blocks(world, SHOP, 2)
    assert waits_for(world, tx_hash).startswith("the destination's light client of qos-1 expired at 2026-01-08T")


def test_the_queue_is_frozen():
    world = RelayWorld()
    world.step(10)
    height = world.nodes[QOS].height
    blocks = (run_now(light_block(world.nodes[QOS], height)), forked(world, QOS, height))
    world.send(SHOP, DAVE, *[MsgUpdateClient(submitter=DAVE.address, chain_id=QOS, light_block=one) for one in blocks])
    tx_hash = send_packets(world)
    pass_blocks(world, SHOP, 2)
    assert waits_for(world, tx_hash) == (f"the destination has frozen the queue: two valid headers of height {height}")


def test_the_queue_is_paused():
    world = RelayWorld()
    pause_shop(world)
    tx_hash = send_packets(world)
    pass_blocks(world, SHOP, 2)
    assert waits_for(world, tx_hash).startswith("deliveries are paused until 2026-01-04T")


def test_an_earlier_packet_waits():
    world = RelayWorld()
    for relay in world.relays[:2]:
        relay.tamper = withholding(SendSignature)
    tx_hash = send_packets(world, 64)
    pass_blocks(world, QOS, 2)
    behind = send_packets(world)
    pass_blocks(world, QOS, 2)
    first = "signatures: 2 of 4 relays have signed, 3 are needed"
    assert waits_for(world, tx_hash) == first
    assert waits_for(world, behind) == f"64 earlier packets of its queue, which wait for {first}"


def test_what_it_brought_is_over_the_limit():
    world = RelayWorld()
    send_packets(world)
    world.until(world.settled, seconds=30)
    voucher = next(denom for denom, _ in VOUCHERS.items(world.state(SHOP)))
    floor = MsgSetFloor(authority=AUTHORITY.address, chain_id=QOS, floor=Coin(denom=voucher, amount=10))
    world.send(SHOP, AUTHORITY, floor)
    pass_blocks(world, SHOP, 2)
    tx_hash = send_packets(world, amount=11)
    world.until(lambda: world.queue(SHOP, QOS).inbox == world.queue(QOS, SHOP).outbox)
    pass_blocks(world, SHOP, 2)
    assert waits_for(world, tx_hash).startswith(
        f"its 11{voucher}, which are over the limit: they are paid at 2026-01-02T00:00:"
    )
