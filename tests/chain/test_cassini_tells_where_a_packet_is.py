"""One call by source transaction tells a packet's whole way, and at each standstill the right reason (R6)."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from qos.cassini.messages import CastVote, Order
from qos.cassini.tracking import Network, Trace, trace
from qos.cassini.waiting import Facts, reason
from qos.client.errors import CallFailed
from qos.modules.crosschain.qcp.state import OUTBOX
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_traffic import newest_tx, send_some
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld, run_now
from qos.testing.transactions import send


def send_one(world: RelayWorld, count: int = 1) -> bytes:
    """Send packets in one transaction and return its hash."""
    send_some(world, count)
    return newest_tx(world)


def traced(world: RelayWorld, tx_hash: bytes, *, relays: bool = True) -> tuple[Trace, ...]:
    chains = {name: world.nodes[name] for name in (QOS, SHOP)}
    network = Network(chains=chains, relays=world.nodes[HUB] if relays else None, now_ns=world.now_ns)
    return run_now(trace(network, QOS, tx_hash))


def waits_for(world: RelayWorld, tx_hash: bytes) -> str:
    return traced(world, tx_hash)[0].request.waiting


def withhold(world: RelayWorld, kind: type[Order], *numbers: int) -> None:
    def tamper(order: Order) -> Iterable[Order]:
        return () if isinstance(order, kind) else (order,)

    for number in numbers:
        world.relays[number].tamper = tamper


def test_a_packet_that_arrived_shows_all_stages_in_order_of_time():
    world = RelayWorld()
    tx_hash = send_one(world)
    world.until(world.settled, seconds=30)
    (found,) = traced(world, tx_hash)
    assert found.result is not None
    for leg in (found.request, found.result):
        assert [stage.name for stage in leg.stages] == ["sent", "agreed", "signed", "delivered"]
        times = [stage.time_ns for stage in leg.stages if stage.time_ns is not None]
        assert len(times) == 3
        assert times == sorted(times)
        assert leg.waiting == ""
    assert (found.request.source, found.result.source) == (QOS, SHOP)
    assert found.request.receipt == world.receipt(SHOP, QOS, 1)


def test_each_packet_of_a_transaction_has_its_own_way():
    world = RelayWorld()
    tx_hash = send_one(world, 3)
    assert [each.request.sequence for each in traced(world, tx_hash)] == [1, 2, 3]


def test_nodes_that_do_not_answer_are_named():
    world = RelayWorld()
    withhold(world, CastVote, 0, 1)
    tx_hash = send_one(world)
    world.step(40)
    assert traced(world, tx_hash, relays=False)[0].request.waiting == "the relays, whose chain does not answer"
    world.nodes[HUB].down = True
    assert waits_for(world, tx_hash) == "the relays, whose chain does not answer"
    world.nodes[SHOP].down = True
    assert waits_for(world, tx_hash) == "shop-1 does not answer: connection refused"


def test_a_transaction_without_packets_has_no_way_and_an_unknown_one_is_refused():
    world = RelayWorld()
    world.send(QOS, ALICE, send(ALICE.address, BOB.address, 5))
    world.step(20)
    assert traced(world, newest_tx(world)) == ()
    with pytest.raises(CallFailed):
        traced(world, bytes(32))


def facts(world: RelayWorld) -> Facts:
    """Return what is known of the first packet, of which no relay has heard."""
    peer = world.peer(SHOP, QOS)
    encoded = OUTBOX.get(world.state(QOS), (world.peer(QOS, SHOP).outgoing, 1))
    assert encoded is not None
    packet = codec.decode(Packet, encoded)
    return Facts(
        source=QOS,
        packet=packet,
        source_height=world.nodes[QOS].height,
        peer=peer,
        inbox=0,
        client_expires_ns=world.now_ns + 1,
        group=None,
    )


def test_a_queue_that_is_closed_says_why():
    world = RelayWorld()
    for relay in world.relays:
        relay.down = True
    send_one(world)
    known, now = facts(world), world.now_ns
    assert known.peer is not None
    frozen = replace(known, peer=replace(known.peer, frozen_because="two valid headers of height 7"))
    assert reason(frozen, now) == "the destination has frozen the queue: two valid headers of height 7"
    paused = replace(known, peer=replace(known.peer, paused_until=now + 1))
    assert reason(paused, now).startswith("deliveries are paused until 2026-01-01T00:00:")
    assert reason(paused, now + 1) != reason(paused, now)
    expired = replace(known, client_expires_ns=now)
    assert reason(expired, now).startswith("the destination's light client of qos-1 expired at")
    assert reason(replace(known, peer=None), now) == "the destination does not know qos-1"
    other = replace(known, peer=replace(known.peer, incoming=b"o" * 32))
    assert reason(other, now) == "the destination knows qos-1 by another registration"
