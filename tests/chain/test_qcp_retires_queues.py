"""[Q8] A queue ends for good after 30 days frozen: what was never received is refunded, its ids never come back."""

import json
from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_NS, DAY_S
from qos.modules.crosschain.qcp import retirement
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import HEADERS, OUTBOX, OUTSTANDING, PENDING, RECEIPTS, SWEEPS
from qos.proto.records.qos_qcp_v1 import (
    MsgDeclareGone,
    MsgProveInbox,
    MsgRecoverClient,
    MsgRegisterChain,
    MsgRetireQueue,
    MsgSetFloor,
    QueryRetiredRequest,
    QueryRetiredResponse,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB, VirtualChain, genesis_document
from qos.testing.qcp_deliveries import carry, inbox_proof, load, refund, settle, update
from qos.testing.qcp_network import CARRIER, Side, codes_of, connected, expect_ok, registration, transfer, voucher_at
from qos.testing.transactions import Key

GONE = MsgDeclareGone(authority=AUTHORITY.address, chain_id="shop-1")
RETIRE = MsgRetireQueue(authority=AUTHORITY.address, chain_id="shop-1")


def pass_time(seconds: int, *sides: Side) -> None:
    for side in sides:
        side.wait(seconds)


def gone(*, received: int = 1, sent: int = 3) -> tuple[Side, Side]:
    """Return a hub whose peer was declared gone with some of its requests received, no answer home."""
    hub, shop = connected(limits={"voucher_floor": "0", "max_waiting_of_sender": "1000"})
    for first in range(0, sent, 100):
        expect_ok(hub.do(ALICE, *[transfer(ALICE, shop, 100)] * min(sent - first, 100)))
    if received:
        expect_ok(carry(hub, shop, count=received))
    expect_ok(hub.do(AUTHORITY, GONE))
    return hub, shop


def retired(hub: Side) -> None:
    hub.wait(30 * DAY_S)
    expect_ok(hub.do(AUTHORITY, RETIRE))


def swept(hub: Side) -> None:
    while list(SWEEPS.keys(hub.state())):
        hub.run_block()


def test_a_chain_declared_gone_is_frozen_by_the_authority_alone():
    hub, shop = connected()
    assert codes_of(hub.do(ALICE, replace(GONE, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(hub.do(AUTHORITY, replace(GONE, chain_id="mall-1"))) == ("qcp", 1)
    expect_ok(hub.do(AUTHORITY, GONE))
    assert hub.peer("shop-1").frozen_because == retirement.GONE
    assert hub.peer("shop-1").frozen_since == hub._times[hub.height]
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 5))) == ("qcp", 4)


def test_declaring_gone_again_does_not_begin_the_30_days_anew():
    hub, _ = gone()
    since = hub.peer("shop-1").frozen_since
    hub.wait(DAY_S)
    expect_ok(hub.do(AUTHORITY, GONE))
    assert hub.peer("shop-1").frozen_since == since


def test_a_queue_ends_after_30_days_and_not_a_second_before():
    hub, _ = gone()
    assert codes_of(hub.do(ALICE, replace(RETIRE, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(hub.do(AUTHORITY, replace(RETIRE, chain_id="mall-1"))) == ("qcp", 1)
    since = hub.peer("shop-1").frozen_since
    assert since is not None
    hub.wait((since + 30 * DAY_NS - hub.next_block().time_ns) // 10**9 - 1)
    assert codes_of(hub.do(AUTHORITY, RETIRE)) == ("qcp", 41)
    expect_ok(hub.do(AUTHORITY, RETIRE))
    assert codes_of(hub.do(AUTHORITY, RETIRE)) == ("qcp", 1)


def test_an_open_queue_is_not_retired():
    hub, _ = connected()
    assert codes_of(hub.do(AUTHORITY, RETIRE)) == ("qcp", 39)


def test_a_queue_whose_client_expired_30_days_ago_can_end_too():
    hub, _ = connected()
    hub.wait(7 * DAY_S)
    hub.run_block()
    assert codes_of(hub.do(AUTHORITY, RETIRE)) == ("qcp", 41)
    hub.wait(30 * DAY_S)
    expect_ok(hub.do(AUTHORITY, RETIRE))


def test_a_recovered_queue_begins_its_30_days_anew():
    hub, shop = gone()
    pass_time(29 * DAY_S, hub, shop)
    shop.run_block()
    recover = MsgRecoverClient(authority=AUTHORITY.address, chain_id="shop-1", light_block=shop.header(shop.height))
    expect_ok(hub.do(AUTHORITY, recover))
    assert hub.peer("shop-1").frozen_since is None
    expect_ok(hub.do(AUTHORITY, GONE))
    hub.wait(2 * DAY_S)
    assert codes_of(hub.do(AUTHORITY, RETIRE)) == ("qcp", 41)


def test_what_nobody_showed_to_be_received_is_refunded_to_the_last_unit():
    hub, _ = gone(received=0)
    before = hub.balance(ALICE.address)
    retired(hub)
    swept(hub)
    assert hub.balance(ALICE.address) == before + 300
    assert hub.balance(ESCROW) == 0
    assert not list(PENDING.items(hub.state()))


def test_what_was_shown_to_be_received_is_not_refunded():
    hub, shop = connected()
    for _ in range(3):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100)))
    expect_ok(carry(hub, shop, count=2))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    expect_ok(hub.do(AUTHORITY, GONE))
    # Also while it is frozen anybody may still show it, so that nothing is paid on both chains.
    proof = inbox_proof(hub, shop)
    expect_ok(hub.do(BOB, MsgProveInbox(submitter=BOB.address, chain_id="shop-1", proof=proof)))
    before = hub.balance(ALICE.address)
    retired(hub)
    swept(hub)
    assert hub.balance(ALICE.address) == before + 100
    assert hub.balance(ESCROW) == 200
    assert [sequence for (_, sequence), _ in PENDING.items(hub.state())] == [1, 2]


def test_acknowledged_requests_count_as_received_too():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100)))
    settle(hub, shop)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 50)))
    expect_ok(carry(hub, shop))
    expect_ok(shop.do(BOB, transfer(BOB, hub, 5)))
    expect_ok(carry(shop, hub))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 7)))
    expect_ok(hub.do(AUTHORITY, GONE))
    before = hub.balance(ALICE.address)
    retired(hub)
    swept(hub)
    assert hub.balance(ALICE.address) == before + 7
    found = hub.query("/qos.qcp.v1.Query/Retired", QueryRetiredRequest(), QueryRetiredResponse).retired
    assert [(each.peer.chain_id, each.received) for each in found] == [("shop-1", 2)]
    assert [amount for _, amount in OUTSTANDING.items(hub.state())] == [150]


def test_a_retired_queue_takes_nothing_more():
    hub, shop = gone()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    late = load(shop, hub, 1, 1).message()
    refundable = refund(hub, shop, 3)
    retired(hub)
    for message in (late, update(shop, hub), refundable):
        assert codes_of(hub.do(CARRIER, message)) == ("qcp", 1)


def test_refunds_and_clearing_take_a_bounded_number_of_rows_a_block():
    hub, _ = gone(received=0, sent=700)
    before = hub.balance(ALICE.address)
    retired(hub)
    paid = [hub.balance(ALICE.address)]
    while list(SWEEPS.keys(hub.state())):
        hub.run_block()
        paid.append(hub.balance(ALICE.address))
    assert [each - before for each in paid] == [50_000, 70_000, 70_000]
    assert not [*OUTBOX.items(hub.state()), *RECEIPTS.items(hub.state()), *HEADERS.items(hub.state())]


def again(hub: Side, shop: Side, number: int) -> MsgRegisterChain:
    pass_time(1, hub)
    hub.keep_up_with(shop)
    return replace(registration(hub, shop), registration=number)


def retire_both(hub: Side, shop: Side) -> None:
    expect_ok(shop.do(AUTHORITY, replace(GONE, chain_id="qos-1")))
    shop.wait(30 * DAY_S)
    expect_ok(shop.do(AUTHORITY, replace(RETIRE, chain_id="qos-1")))
    retired(hub)
    swept(hub)
    swept(shop)


def test_the_same_chain_comes_back_under_a_new_number_with_new_queues():
    hub, shop = gone(received=0)
    old, late = hub.peer("shop-1"), load(hub, shop, 1, 1, height=hub.height - 1)
    retire_both(hub, shop)
    assert codes_of(hub.do(AUTHORITY, again(hub, shop, 1))) == ("qcp", 2)
    for here, there in ((hub, shop), (shop, hub)):
        expect_ok(here.do(AUTHORITY, again(here, there, 2)))
    new = hub.peer("shop-1")
    assert not {new.outgoing, new.incoming} & {old.outgoing, old.incoming}
    # What was attested for the old queue is nothing to the new one.
    assert codes_of(shop.do(CARRIER, late.message()))[0] == "qcp"
    assert shop.queue("qos-1").inbox == 0
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 9)))
    settle(hub, shop)
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 9
    assert hub.queue("shop-1").outbox == 1


def test_a_chain_comes_back_only_when_its_old_rows_are_cleared():
    hub, shop = gone(received=0, sent=700)
    retired(hub)
    shop.wait(30 * DAY_S)
    shop.run_block()
    assert codes_of(hub.do(AUTHORITY, again(hub, shop, 2))) == ("qcp", 2)
    swept(hub)
    expect_ok(hub.do(AUTHORITY, again(hub, shop, 2)))


def test_what_was_held_back_is_paid_when_the_queue_ends_uncancelled():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 10**24 // 2)))
    settle(hub, shop)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 10**23, denom=voucher_at(hub, shop), to=BOB.address)))
    expect_ok(carry(shop, hub))
    expect_ok(hub.do(AUTHORITY, GONE))
    before = hub.balance(BOB.address)
    hub.wait(2 * DAY_S)
    hub.run_block()
    assert hub.balance(BOB.address) == before
    retired(hub)
    pass_time(3_600, hub)
    hub.run_block()
    assert hub.balance(BOB.address) == before + 10**23


@pytest.mark.parametrize("key", [ALICE, BOB])
def test_floors_of_an_unknown_chain_cannot_be_set(key: Key):
    hub, _ = gone()
    retired(hub)
    floor = MsgSetFloor(authority=AUTHORITY.address, chain_id="shop-1", floor=transfer(key, hub, 5).amount)
    assert codes_of(hub.do(AUTHORITY, floor)) == ("qcp", 1)


def test_what_a_retired_queue_owes_survives_an_export():
    hub, _ = gone(received=0, sent=700)
    before = hub.balance(ALICE.address)
    retired(hub)
    state = json.loads(json.dumps(hub.machine.export_genesis()))
    new = VirtualChain(genesis_document() | {"app_state": state})
    assert new.balance(ALICE.address) == before + 70_000
    assert not list(PENDING.items(new.state()))
    assert json.loads(json.dumps(new.machine.export_genesis()))["qcp"]["retired"][0]["retired"]["received"] == "0"
