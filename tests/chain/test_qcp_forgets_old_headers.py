"""[Q12] Headers of a peer go when later ones prove all they do, two for each that comes; never one that is needed."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qos.base.blocktime import DAY_NS, DAY_S, HOUR_NS, HOUR_S
from qos.modules.crosschain.qcp.old_headers import MAX_FORGOTTEN
from qos.modules.crosschain.qcp.state import CLIENTS, HEADERS
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.qos_qcp_v1 import ClientState, MsgFreeze, MsgProveInbox, MsgRecoverClient
from qos.testing.chain import ALICE, AUTHORITY, BOB
from qos.testing.qcp_deliveries import carry, inbox_proof, load, refund, update
from qos.testing.qcp_network import CARRIER, Side, codes_of, connected, expect_ok, transfer


def kept(side: Side) -> list[TrustedState]:
    return [header for _, header in HEADERS.items(side.state())]


def heights(side: Side) -> list[int]:
    return [header.height for header in kept(side)]


def client_of(side: Side) -> ClientState:
    found = CLIENTS.get(side.state(), "shop-1")
    assert found is not None
    return found


def give_header(hub: Side, shop: Side, *, after: int) -> int:
    """Let time pass on both chains and bring a header of the business chain; returns its height."""
    hub.wait(after)
    shop.wait(after)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    return shop.height


def test_a_header_stays_for_seven_days_and_of_the_older_ones_the_newest():
    hub, shop = connected()
    first = client_of(hub).height
    days = [give_header(hub, shop, after=DAY_S) for _ in range(7)]
    assert heights(hub) == [first, *days]
    days.append(give_header(hub, shop, after=DAY_S))
    assert heights(hub) == days
    assert client_of(hub).floor == days[0]


def test_a_header_that_comes_lets_two_go_at_most():
    hub, shop = connected()
    for _ in range(9):
        give_header(hub, shop, after=60)
    give_header(hub, shop, after=6 * DAY_S)
    before = len(kept(hub))
    give_header(hub, shop, after=2 * DAY_S)
    assert len(kept(hub)) == before + 1 - MAX_FORGOTTEN


def test_what_gathered_is_worked_off_by_later_headers():
    hub, shop = connected()
    for _ in range(9):
        give_header(hub, shop, after=60)
    for _ in range(3):
        give_header(hub, shop, after=3 * DAY_S)
    for _ in range(6):
        give_header(hub, shop, after=60)
    assert [kept(hub)[1].time - header.time > DAY_NS for header in kept(hub)[:1]] == [True]
    assert client_of(hub).floor == heights(hub)[0]


def test_headers_below_the_floor_are_refused_and_those_above_are_taken():
    hub, shop = connected()
    for _ in range(9):
        give_header(hub, shop, after=DAY_S)
    floor = client_of(hub).floor
    assert codes_of(hub.do(CARRIER, update(shop, hub, floor))) == ("lightclient", 4)
    assert codes_of(hub.do(CARRIER, update(shop, hub, 1))) == ("lightclient", 4)
    shop.run_block()
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    expect_ok(hub.do(CARRIER, update(shop, hub, shop.height - 1)))


def test_packets_under_a_header_that_is_gone_are_delivered_under_a_new_one():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    old = give_header(hub, shop, after=60)
    for _ in range(9):
        give_header(hub, shop, after=DAY_S)
    assert codes_of(hub.do(CARRIER, load(shop, hub, 1, 1, height=old).message())) == ("qcp", 15)
    expect_ok(carry(shop, hub))
    assert hub.queue("shop-1").inbox == 1


def test_a_header_that_may_refund_a_waiting_request_stays_until_it_is_refunded():
    """[Q7] The one header that shows the inbox below the request: later ones show it received, and no result came."""
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * 10**9)))
    before = hub.balance(ALICE.address)
    only = give_header(hub, shop, after=700)
    message = refund(hub, shop, 1, height=only)
    expect_ok(carry(hub, shop))
    for _ in range(40):
        give_header(hub, shop, after=DAY_S)
    assert only in heights(hub)
    assert codes_of(hub.do(CARRIER, refund(hub, shop, 1))) == ("qcp", 36)
    expect_ok(hub.do(CARRIER, message))
    assert hub.balance(ALICE.address) == before + 500
    for _ in range(40):
        give_header(hub, shop, after=HOUR_S)
    assert only not in heights(hub)
    assert len(kept(hub)) < 50


def test_a_request_that_waits_keeps_no_header_from_before_it_was_sent():
    hub, shop = connected()
    for _ in range(8):
        give_header(hub, shop, after=DAY_S)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=7 * DAY_NS)))
    for _ in range(8):
        give_header(hub, shop, after=DAY_S)
    sent_ns = hub.packet("shop-1", 1).timeout - 7 * DAY_NS
    assert sum(header.time <= sent_ns for header in kept(hub)) == 1


def test_how_long_a_packet_waited_is_shown_by_a_header_that_stayed():
    """[Q16] However seldom headers come."""
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    for _ in range(4):
        give_header(hub, shop, after=6 * DAY_S)
    now_ns = hub.next_block().time_ns
    assert any(now_ns - header.time > 6 * HOUR_NS for header in kept(hub))
    assert kept(hub)[0].time < now_ns - 7 * DAY_NS < kept(hub)[1].time


def test_nothing_goes_while_a_queue_is_frozen():
    """[Q8] What proves how far a peer has received counts until the queue is opened or retired."""
    hub, shop = connected(pausers=(BOB,))
    for _ in range(6):
        give_header(hub, shop, after=DAY_S)
    fork = shop.header(shop.height, app_hash=b"f" * 32)
    expect_ok(hub.do(CARRIER, replace(update(shop, hub), light_block=fork)))
    assert hub.peer("shop-1").frozen_because
    before = heights(hub)
    hub.wait(20 * DAY_S)
    shop.wait(20 * DAY_S)
    shop.run_block()
    assert codes_of(hub.do(CARRIER, update(shop, hub))) == ("qcp", 4)
    assert heights(hub) == before
    proof = inbox_proof(hub, shop, before[1])
    expect_ok(hub.do(CARRIER, MsgProveInbox(submitter=CARRIER.address, chain_id="shop-1", proof=proof)))


def test_headers_from_before_a_recovery_go_first():
    hub, shop = connected()
    for _ in range(5):
        give_header(hub, shop, after=HOUR_S)
    shop.run_block()
    recover = MsgRecoverClient(authority=AUTHORITY.address, chain_id="shop-1", light_block=shop.header(shop.height))
    expect_ok(hub.do(AUTHORITY, recover))
    floor = client_of(hub).floor
    for _ in range(3):
        give_header(hub, shop, after=60)
    assert heights(hub)[0] == floor == client_of(hub).floor


def test_a_pause_does_not_matter():
    hub, shop = connected(pausers=(BOB,))
    for _ in range(7):
        give_header(hub, shop, after=DAY_S)
    expect_ok(hub.do(BOB, MsgFreeze(submitter=BOB.address, chain_id="shop-1")))
    before = len(kept(hub))
    for _ in range(2):
        give_header(hub, shop, after=DAY_S)
    assert len(kept(hub)) <= before


@given(st.lists(st.tuples(st.integers(1, 7 * DAY_S - HOUR_S), st.booleans()), min_size=1, max_size=25))
def test_whenever_headers_come_what_is_needed_is_there(steps: list[tuple[int, bool]]):
    """Each header of the last 7 days, an older one, the newest, and the row of the floor, which relays ask for."""
    hub, shop = connected()
    given_heights = [client_of(hub).height]
    times = {header.height: header.time for header in kept(hub)}
    for seconds, sends in steps:
        if sends:
            expect_ok(hub.do(ALICE, transfer(ALICE, shop, 1)))
        given_heights.append(give_header(hub, shop, after=seconds))
        times |= {header.height: header.time for header in kept(hub)}
        now_ns = hub._times[hub.height]
        state, found = client_of(hub), heights(hub)
        assert found[0] == state.floor
        assert found[-1] == state.height == given_heights[-1]
        recent = [height for height in given_heights if times[height] > now_ns - 7 * DAY_NS]
        assert set(recent) <= set(found)
        assert len(recent) == len(given_heights) or any(height not in recent for height in found)
        assert all(low < high for low, high in pairwise(found))
