"""[Q17] What was acknowledged is forgotten after 7 days, receipts after 30, a bounded number a block; never sooner."""

import json

from qos.base.blocktime import DAY_S, HOUR_S, SECOND_NS
from qos.machine.context import Context
from qos.modules.crosschain.qcp import pruning
from qos.modules.crosschain.qcp.state import (
    INBOX_SEQUENCE,
    OUTBOX,
    OUTBOX_DUE,
    OUTBOX_SEQUENCE,
    PENDING,
    RECEIPTS,
    RECEIPTS_DUE,
)
from qos.proto.records.qos_qcp_v1 import PacketKind, QueryPacketRequest, QueryReceiptRequest, Receipt
from qos.testing.chain import ALICE, BOB, VirtualChain, genesis_document
from qos.testing.qcp_deliveries import carry, load, refund, revive, settle, update
from qos.testing.qcp_network import CARRIER, Side, codes_of, connected, expect_ok, transfer
from qos.testing.qcp_puppet import hub_and_puppet


def kept(side: Side, peer: str) -> tuple[list[int], list[int]]:
    """Return the sequences of the packets to a peer and of the receipts of its packets."""
    found = side.peer(peer)
    packets = [sequence for (queue, sequence), _ in OUTBOX.items(side.state()) if queue == found.outgoing]
    receipts = [sequence for (queue, sequence), _ in RECEIPTS.items(side.state()) if queue == found.incoming]
    return packets, receipts


def later(seconds: int, *sides: Side) -> None:
    for side in sides:
        side.wait(seconds)
        side.run_block()


def exchanged() -> tuple[Side, Side]:
    """Return two chains after two settled requests; the second packet back acknowledges the first."""
    hub, shop = connected()
    for _ in range(2):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100)))
        settle(hub, shop)
    assert hub.queue("shop-1").acknowledged == 1
    return hub, shop


def test_packets_are_kept_for_7_days_after_their_acknowledgement_and_then_forgotten():
    hub, shop = exchanged()
    later(7 * DAY_S - 60, hub)
    assert kept(hub, "shop-1")[0] == [1, 2]
    # Marks stand at full hours, so it may take one hour more, never less.
    later(HOUR_S + 60, hub)
    assert kept(hub, "shop-1")[0] == [2]
    request = QueryPacketRequest(chain_id="shop-1", sequence=1)
    assert "forgotten" in hub.ask("/qos.qcp.v1.Query/Packet", request).log
    assert kept(shop, "qos-1") == ([1, 2], [1, 2])


def test_receipts_are_kept_for_30_days_and_then_forgotten():
    hub, _ = exchanged()
    later(30 * DAY_S - 60, hub)
    assert kept(hub, "shop-1")[1] == [1, 2]
    later(HOUR_S + 60, hub)
    assert kept(hub, "shop-1")[1] == []
    request = QueryReceiptRequest(chain_id="shop-1", sequence=1)
    assert hub.ask("/qos.qcp.v1.Query/Receipt", request).code != 0
    assert not list(RECEIPTS_DUE.items(hub.state()))


def test_what_was_not_acknowledged_is_kept():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100)))
    later(40 * DAY_S, hub)
    assert kept(hub, "shop-1")[0] == [1]


def test_the_queue_goes_on_where_it_was_after_forgetting():
    hub, shop = exchanged()
    later(31 * DAY_S, hub, shop)
    revive(hub, shop)
    revive(shop, hub)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    settle(hub, shop)
    assert hub.queue("shop-1").outbox == 3
    assert codes_of(shop.do(CARRIER, load(hub, shop, 3, 3).message()))[0] == "qcp"


def test_a_refund_that_waits_for_its_late_result_keeps_its_packet():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100, timeout=600 * SECOND_NS)))
    later(700, shop)
    hub.wait(700)
    expect_ok(hub.do(CARRIER, update(shop, hub), refund(hub, shop, 1)))
    expect_ok(carry(hub, shop))
    expect_ok(shop.do(BOB, transfer(BOB, hub, 5)))
    # The second packet, which acknowledges the first, cannot come before the first: the result.
    later(6 * DAY_S, hub, shop)
    settle(hub, shop)
    later(9 * DAY_S, hub)
    assert kept(hub, "shop-1")[0] == [2]


def test_a_request_the_peer_took_without_a_result_keeps_its_row():
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 100)))
    puppet.plant(puppet.request(ack=1))
    expect_ok(carry(puppet, hub))
    assert hub.queue("shop-1").acknowledged == 1
    later(8 * DAY_S, hub)
    assert kept(hub, "shop-1")[0] == [1, 2]
    assert list(PENDING.items(hub.state()))
    assert list(OUTBOX_DUE.items(hub.state()))


def receive_up_to(side: Side, peer: str, last: int) -> None:
    """Let a chain have received packets, by hand."""
    incoming = side.peer(peer).incoming

    def receive(ctx: Context) -> None:
        for sequence in range(1, last + 1):
            RECEIPTS.set(ctx, (incoming, sequence), Receipt(packet_hash=b"h" * 32, height=1))
        INBOX_SEQUENCE.set(ctx, incoming, last)

    side.operations.append(receive)
    side.run_block()


def test_an_empty_packet_goes_when_500_received_ones_are_unacknowledged():
    hub, puppet = hub_and_puppet()
    receive_up_to(hub, "shop-1", pruning.ACK_EVERY - 2)
    outgoing = puppet.peer("qos-1").outgoing
    puppet.meddle(lambda ctx: OUTBOX_SEQUENCE.set(ctx, outgoing, pruning.ACK_EVERY - 2))
    bare = {"kind": PacketKind.PACKET_KIND_ACKNOWLEDGEMENT, "timeout": 0, "payload_gas": 0, "payload_type": ""}
    for sent in (0, 1):
        assert hub.queue("shop-1").outbox == 0
        puppet.plant(puppet.request(b"", **bare))
        expect_ok(carry(puppet, hub))
        assert hub.queue("shop-1").inbox == pruning.ACK_EVERY - 1 + sent
    assert hub.queue("shop-1").outbox == 1
    empty = hub.packet("shop-1", 1)
    assert (empty.kind, empty.ack, empty.payload) == (PacketKind.PACKET_KIND_ACKNOWLEDGEMENT, pruning.ACK_EVERY, b"")
    expect_ok(carry(hub, puppet))
    # It is not answered, and it lets what it acknowledges go.
    assert puppet.queue("qos-1").outbox == puppet.queue("qos-1").acknowledged == pruning.ACK_EVERY
    later(7 * DAY_S + HOUR_S, puppet)
    assert kept(puppet, "qos-1")[0] == []


def test_no_block_forgets_more_than_its_bound():
    hub, _ = connected()
    incoming, last = hub.peer("shop-1").incoming, pruning.MAX_PRUNED + 50
    hub.operations.append(lambda ctx: RECEIPTS_DUE.set(ctx, (0, incoming), last))
    receive_up_to(hub, "shop-1", last)
    assert kept(hub, "shop-1")[1] == list(range(pruning.MAX_PRUNED + 1, last + 1))
    hub.run_block()
    assert kept(hub, "shop-1")[1] == []


def test_forgetting_survives_an_export():
    hub, _ = exchanged()
    later(7 * DAY_S + HOUR_S, hub)
    state = json.loads(json.dumps(hub.machine.export_genesis()))
    new = VirtualChain(genesis_document() | {"app_state": state})
    assert json.loads(json.dumps(new.machine.export_genesis()))["qcp"] == state["qcp"]
    assert state["qcp"]["peers"][0]["outbox_pruned"] == "1"
