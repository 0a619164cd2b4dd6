"""[Q16] What waited for more than 6 hours passes with proof alone, under a tenth of the limits; anybody delivers."""

from dataclasses import replace

from qos.base.blocktime import DAY_NS
from qos.base.identifiers import BASE_DENOM
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.machine.context import Context
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.module import qcp_module
from qos.modules.crosschain.qcp.state import PENDING, RELEASES
from qos.modules.crosschain.qcp.types import Delivered
from qos.proto.records.qos_qcp_v1 import MsgReceiveProven
from qos.testing.chain import ALICE, BOB
from qos.testing.qcp_deliveries import carry, load, settle, update
from qos.testing.qcp_network import (
    ATTESTED,
    BOTH,
    CARRIER,
    HOME_SUPPLY,
    Side,
    business_chain,
    codes_of,
    connect,
    connected,
    expect_ok,
    transfer,
    voucher_at,
)
from qos.testing.qcp_puppet import hub_and_puppet

HOURS_6 = 6 * 3_600
BLOCK = 5
"""Seconds between blocks of a test chain."""


def proven(
    source: Side, destination: Side, height: int, first: int, last: int, *, waited: int | None = None
) -> MsgReceiveProven:
    """Return packets with proofs under the header of a height, and no signature at all."""
    return MsgReceiveProven(
        submitter=BOB.address,
        source=source.chain_id,
        height=height,
        packets=load(source, destination, first, last, height=height).packets,
        waited_height=height if waited is None else waited,
    )


def sent(amount: int = 500) -> tuple[Side, Side, int]:
    """Return two chains, a request to the hub, and the height whose header shows it and is known at the hub."""
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, amount, timeout=DAY_NS)))
    return hub, shop, shown(shop, hub)


def shown(source: Side, destination: Side) -> int:
    """Give the destination a header that shows all that was sent; return its height."""
    source.run_block()
    expect_ok(destination.do(CARRIER, update(source, destination)))
    return source.height


def let_pass(hub: Side, shop: Side, height: int, seconds: int) -> None:
    """Let time pass until the hub's next block is so many seconds later than a header of the shop."""
    waited_ns = hub.next_block().time_ns - shop.header(height).signed_header.header.time
    hub.wait(seconds - waited_ns // 10**9)


def test_a_packet_passes_without_signatures_after_more_than_six_hours():
    hub, shop, height = sent()
    let_pass(hub, shop, height, HOURS_6)
    assert codes_of(hub.do(BOB, proven(shop, hub, height, 1, 1))) == ("qcp", 69)
    expect_ok(hub.do(BOB, proven(shop, hub, height, 1, 1)))
    assert hub.queue("shop-1").inbox == 1
    assert hub.balance(ALICE.address, voucher_at(shop, hub)) == 500


def test_a_fresh_header_proves_the_packet_and_an_old_one_that_it_waited():
    hub, shop, height = sent()
    let_pass(hub, shop, height, 2 * HOURS_6)
    shop.keep_up_with(hub)
    fresh = shown(shop, hub)
    assert codes_of(hub.do(BOB, proven(shop, hub, fresh, 1, 1))) == ("qcp", 69)
    assert codes_of(hub.do(BOB, proven(shop, hub, fresh, 1, 1, waited=height + 50))) == ("qcp", 15)
    expect_ok(hub.do(BOB, proven(shop, hub, fresh, 1, 1, waited=height)))


def test_a_header_below_the_packet_shows_no_waiting():
    hub, shop = connected()
    early = shown(shop, hub)
    let_pass(hub, shop, early, 2 * HOURS_6)
    shop.keep_up_with(hub)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500, timeout=DAY_NS)))
    assert shop.packet("qos-1", 1).source_height == shop.height
    same = shop.height
    fresh = shown(shop, hub)
    expect_ok(hub.do(CARRIER, update(shop, hub, same)))
    for waited in (early, same):
        assert codes_of(hub.do(BOB, proven(shop, hub, fresh, 1, 1, waited=waited))) == ("qcp", 69)
    assert hub.queue("shop-1").inbox == 0


def test_what_came_later_passes_behind_the_oldest():
    hub, shop, height = sent()
    let_pass(hub, shop, height, 2 * HOURS_6)
    shop.keep_up_with(hub)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 7)))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 8)))
    fresh = shown(shop, hub)
    expect_ok(hub.do(BOB, proven(shop, hub, fresh, 1, 2, waited=height)))
    assert codes_of(hub.do(BOB, proven(shop, hub, fresh, 3, 3, waited=height))) == ("qcp", 69)


def test_a_packet_younger_than_the_header_is_not_proven():
    hub, shop, height = sent()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 7)))
    shop.run_block()
    let_pass(hub, shop, height, 2 * HOURS_6)
    younger = replace(proven(shop, hub, height, 1, 1), packets=load(shop, hub, 1, 2).packets)
    assert codes_of(hub.do(BOB, younger)) == ("qcp", 32)
    assert hub.queue("shop-1").inbox == 0


def test_order_is_kept_and_nothing_comes_twice():
    hub, shop = connected()
    for amount in (5, 6, 7):
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, amount, timeout=DAY_NS)))
    height = shown(shop, hub)
    let_pass(hub, shop, height, 2 * HOURS_6)
    assert codes_of(hub.do(BOB, proven(shop, hub, height, 2, 3))) == ("qcp", 32)
    expect_ok(hub.do(BOB, proven(shop, hub, height, 1, 2)))
    assert codes_of(hub.do(BOB, proven(shop, hub, height, 1, 2))) == ("qcp", 32)
    expect_ok(hub.do(BOB, proven(shop, hub, height, 3, 3)))
    assert hub.balance(ALICE.address, voucher_at(shop, hub)) == 18


def test_a_header_nobody_gave_and_an_empty_delivery_are_refused():
    hub, shop, height = sent()
    let_pass(hub, shop, height, 2 * HOURS_6)
    good = proven(shop, hub, height, 1, 1)
    assert codes_of(hub.do(BOB, replace(good, height=height + 1))) == ("qcp", 15)
    assert codes_of(hub.do(BOB, replace(good, packets=()))) == ("qcp", 20)
    assert codes_of(hub.do(BOB, replace(good, source="mall-1"))) == ("qcp", 1)
    forged = replace(good.packets[0], packet=b"\x08\x01", store_proof=good.packets[0].chain_proof)
    assert codes_of(hub.do(BOB, replace(good, packets=(forged,)))) == ("qcp", 32)
    assert hub.queue("shop-1").inbox == 0


def test_an_expired_client_and_a_stopped_queue_take_nothing():
    hub, shop, height = sent()
    message = proven(shop, hub, height, 1, 1)
    let_pass(hub, shop, height, 2 * HOURS_6)
    hub.operations.append(lambda ctx: peers.pause(ctx, hub.peer("shop-1"), 10**9))
    assert codes_of(hub.do(BOB, message)) == ("qcp", 5)
    let_pass(hub, shop, height, 7 * 86_400 + BLOCK)
    assert codes_of(hub.do(BOB, message)) == ("qcp", 6)
    hub.operations.append(lambda ctx: peers.freeze(ctx, hub.peer("shop-1"), "a test"))
    assert codes_of(hub.do(BOB, message)) == ("qcp", 4)


def test_a_request_and_its_result_go_round_without_any_relay():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=DAY_NS)))
    height = shown(hub, shop)
    let_pass(shop, hub, height, HOURS_6 + BLOCK)
    expect_ok(shop.do(BOB, proven(hub, shop, height, 1, 1)))
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 500
    hub.keep_up_with(shop)
    height = shown(shop, hub)
    let_pass(hub, shop, height, HOURS_6 + BLOCK)
    expect_ok(hub.do(BOB, proven(shop, hub, height, 1, 1)))
    assert PENDING.get(hub.state(), (hub.peer("shop-1").outgoing, 1)) is None
    assert hub.balance(ESCROW, BASE_DENOM) == 500


def test_a_chain_that_believes_relays_alone_takes_a_proof_too_while_its_client_lives():
    hub, shop = connected(spoke_mode=ATTESTED)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=DAY_NS)))
    height = shown(hub, shop)
    let_pass(shop, hub, height, HOURS_6 + BLOCK)
    expect_ok(shop.do(BOB, proven(hub, shop, height, 1, 1)))


def test_what_no_relay_attested_uses_a_tenth_of_the_limits():
    shares: list[int] = []

    def note(ctx: Context, delivered: Delivered) -> bytes:
        del ctx
        shares.append(delivered.limit_percent)
        return b""

    qcp = qcp_module({"transfer": note}, frozenset((BOTH,)))
    modules = tuple(qcp if module.name == "qcp" else module for module in PUBLIC.modules)
    hub, shop = Side(replace(PUBLIC, modules=modules), "qos-1"), business_chain()
    connect(hub, shop)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1)))
    expect_ok(carry(shop, hub))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 1, timeout=DAY_NS)))
    height = shown(shop, hub)
    let_pass(hub, shop, height, HOURS_6 + BLOCK)
    expect_ok(hub.do(BOB, proven(shop, hub, height, 2, 2)))
    assert shares == [100, 10]


def test_anybody_may_deliver_what_relays_attested():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500)))
    shop.run_block()
    message = replace(load(shop, hub, 1, 1).message(), submitter=BOB.address)
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    expect_ok(hub.do(BOB, message))
    assert hub.queue("shop-1").inbox == 1


def test_a_lying_outbox_gains_nothing_by_waiting():
    hub, puppet = hub_and_puppet()
    puppet.plant(puppet.request(b"", sequence=2, timeout=10**19))
    height = shown(puppet, hub)
    let_pass(hub, puppet, height, HOURS_6 + BLOCK)
    assert codes_of(hub.do(BOB, proven(puppet, hub, height, 1, 1))) == ("qcp", 17)


def test_what_exceeds_a_tenth_of_the_limit_is_paid_later():
    tenth = HOME_SUPPLY // 1_000
    hub, shop = Side(PUBLIC, "qos-1", price=0), Side(BUSINESS, "shop-1", price=0, first=11)
    connect(hub, shop)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 3 * tenth)))
    settle(hub, shop)
    # What it let out and was confirmed may not refill the bucket above itself, so it is full now.
    for amount in (tenth, 1):
        message = transfer(ALICE, hub, amount, denom=voucher_at(hub, shop), timeout=DAY_NS)
        expect_ok(shop.do(ALICE, message))
    height = shown(shop, hub)
    let_pass(hub, shop, height, HOURS_6 + BLOCK)
    before, first = hub.balance(ALICE.address), hub.queue("shop-1").inbox + 1
    expect_ok(hub.do(BOB, proven(shop, hub, height, first, first + 1)))
    assert hub.balance(ALICE.address) == before + tenth
    (release,) = [each for _, each in RELEASES.items(hub.state())]
    assert (release.coin.amount, release.percent) == (1, 10)
    with_relays = transfer(ALICE, hub, tenth, denom=voucher_at(hub, shop))
    expect_ok(shop.do(ALICE, with_relays))
    expect_ok(carry(shop, hub))
    assert hub.balance(ALICE.address) == before + 2 * tenth
