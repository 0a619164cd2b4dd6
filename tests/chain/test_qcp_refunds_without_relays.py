"""[Q7] What misses its timeout comes home without any relay: by a later header and a proof of the inbox there."""

from dataclasses import replace

import pytest

from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import OUTBOX, PENDING, REFUNDED
from qos.proto.records.qos_qcp_v1 import MsgFreeze, MsgProveInbox
from qos.testing.chain import ALICE, BOB
from qos.testing.qcp_deliveries import carry, inbox_proof, load, refund, settle, update
from qos.testing.qcp_network import (
    ATTESTED,
    CARRIER,
    Side,
    codes_of,
    connected,
    events_of,
    expect_ok,
    transfer,
    voucher_at,
)
from qos.testing.qcp_puppet import hub_and_puppet

TEN_MINUTES_NS = 600 * 10**9


def too_late(*, seconds: int = 700) -> tuple[Side, Side, int]:
    """Return two chains, a request of 500 that nobody carried past its timeout, and what its sender has."""
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=TEN_MINUTES_NS)))
    before = hub.balance(ALICE.address)
    for side in (hub, shop):
        side.wait(seconds)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    return hub, shop, before


def test_anybody_refunds_an_expired_request_with_a_header_and_the_inbox_below_it():
    hub, shop, before = too_late()
    result = expect_ok(hub.do(CARRIER, refund(hub, shop, 1)))
    assert events_of(result, "qcp_refund") == [{"to": "shop-1", "request": "1", "amount": "500aqos"}]
    assert hub.balance(ALICE.address) == before + 500
    assert hub.balance(ESCROW) == 0
    assert PENDING.get(hub.state(), (hub.peer("shop-1").outgoing, 1)) is None


def test_a_refund_is_paid_once():
    hub, shop, before = too_late()
    expect_ok(hub.do(CARRIER, refund(hub, shop, 1)))
    again = replace(refund(hub, shop, 1), submitter=BOB.address)
    assert codes_of(hub.do(BOB, again)) == ("qcp", 34)
    assert hub.balance(ALICE.address) == before + 500


def test_a_packet_that_comes_after_its_refund_is_consumed_as_expired_and_its_result_changes_nothing():
    hub, shop, before = too_late()
    expect_ok(hub.do(CARRIER, refund(hub, shop, 1)))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 7)))
    settle(hub, shop)
    assert hub.balance(ALICE.address) < before + 500  # the fee and the 7
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 7
    assert hub.balance(ESCROW) == 7
    assert not hub.peer("shop-1").frozen_because
    assert hub.queue("shop-1").inbox == 2
    assert not list(REFUNDED.items(hub.state()))


def test_a_result_that_says_ok_after_the_refund_freezes_the_queue():
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500, timeout=TEN_MINUTES_NS)))
    for side in (hub, puppet):
        side.wait(700)
    puppet.run_block()
    expect_ok(hub.do(CARRIER, update(puppet, hub), refund(hub, puppet, 1)))
    puppet.plant(puppet.result(hub.packet("shop-1", 1), 0))
    expect_ok(carry(puppet, hub))
    assert hub.peer("shop-1").frozen_because == "packet 1 is no right result: qcp/33"


@pytest.mark.parametrize("code", [1, 2])
def test_a_second_result_after_the_refund_freezes_the_queue(code):
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500, timeout=TEN_MINUTES_NS)))
    for side in (hub, puppet):
        side.wait(700)
    puppet.run_block()
    expect_ok(hub.do(CARRIER, update(puppet, hub), refund(hub, puppet, 1)))
    balance = hub.balance(ALICE.address)
    puppet.plant(puppet.result(hub.packet("shop-1", 1), code))
    puppet.plant(puppet.result(hub.packet("shop-1", 1), code))
    expect_ok(carry(puppet, hub))
    assert hub.peer("shop-1").frozen_because == "packet 2 is no right result: qcp/33"
    assert hub.balance(ALICE.address) == balance


def test_a_header_not_later_than_the_timeout_proves_nothing_yet():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=TEN_MINUTES_NS)))
    timeout_ns = hub.packet("shop-1", 1).timeout
    # A block of exactly the timeout would still apply the request.
    shop.wait((timeout_ns - shop.next_block().time_ns) // 10**9)
    shop.run_block()
    assert shop._times[shop.height] == timeout_ns
    hub.wait(700)
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    assert codes_of(hub.do(CARRIER, refund(hub, shop, 1))) == ("qcp", 35)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub), refund(hub, shop, 1)))


def test_the_last_block_in_time_may_apply_what_a_proof_of_that_time_cannot_refund():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=TEN_MINUTES_NS)))
    hub.run_block()
    expect_ok(shop.do(CARRIER, update(hub, shop)))
    timeout_ns = hub.packet("shop-1", 1).timeout
    shop.wait((timeout_ns - shop.next_block().time_ns) // 10**9)
    at = hub.height
    expect_ok(shop.do(CARRIER, load(hub, shop, 1, 1, height=at).message()))
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 500
    shop.run_block()
    hub.wait(700)
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    assert codes_of(hub.do(CARRIER, refund(hub, shop, 1))) == ("qcp", 36)


def test_what_was_received_is_not_refunded():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=TEN_MINUTES_NS)))
    expect_ok(carry(hub, shop))
    for side in (hub, shop):
        side.wait(700)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    assert codes_of(hub.do(CARRIER, refund(hub, shop, 1))) == ("qcp", 36)


def test_an_old_inbox_under_a_header_before_the_timeout_is_refused():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=TEN_MINUTES_NS)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    old = shop.height
    expect_ok(carry(hub, shop))
    hub.wait(700)
    assert codes_of(hub.do(CARRIER, refund(hub, shop, 1, height=old))) == ("qcp", 35)


def test_only_proofs_under_accepted_headers_of_the_right_key_count():
    hub, shop, _ = too_late()
    good = refund(hub, shop, 1)
    expect_ok(shop.do(BOB, transfer(BOB, hub, 5)))
    shop.run_block()
    unknown = refund(hub, shop, 1)
    assert codes_of(hub.do(CARRIER, unknown)) == ("qcp", 15)
    other_state = replace(good, proof=replace(unknown.proof, height=good.proof.height))
    assert codes_of(hub.do(CARRIER, other_state)) == ("qcp", 32)
    assert codes_of(hub.do(CARRIER, replace(good, sequence=2))) == ("qcp", 34)
    assert codes_of(hub.do(CARRIER, replace(good, chain_id="mall-1"))) == ("qcp", 1)
    key = OUTBOX.raw_key((shop.peer("qos-1").outgoing, 1))
    wrong = shop.machine.store.prove(good.proof.height - 1, "qcp", key).operations
    bent = replace(good.proof, store_proof=wrong[0], chain_proof=wrong[1])
    assert codes_of(hub.do(CARRIER, replace(good, proof=bent))) == ("qcp", 32)
    for cut in (replace(good.proof, store_proof=b""), replace(good.proof, chain_proof=b"")):
        assert codes_of(hub.do(CARRIER, replace(good, proof=cut))) == ("qcp", 32)
    assert hub.balance(ESCROW) == 500


def test_a_result_is_nothing_to_refund():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    expect_ok(carry(shop, hub))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    assert codes_of(hub.do(CARRIER, refund(hub, shop, 1))) == ("qcp", 34)


def test_refunds_at_home_go_on_while_deliveries_are_paused():
    hub, shop = connected(pausers=(BOB,))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=TEN_MINUTES_NS)))
    before = hub.balance(ALICE.address)
    expect_ok(hub.do(BOB, MsgFreeze(submitter=BOB.address, chain_id="shop-1")))
    for side in (hub, shop):
        side.wait(700)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub), refund(hub, shop, 1)))
    assert hub.balance(ALICE.address) == before + 500


def test_a_frozen_queue_refunds_nothing_by_its_headers():
    hub, shop, _ = too_late()
    fork = replace(update(shop, hub), light_block=shop.header(shop.height, app_hash=b"f" * 32))
    message = refund(hub, shop, 1)
    expect_ok(hub.do(CARRIER, fork))
    assert codes_of(hub.do(CARRIER, message)) == ("qcp", 4)


def test_a_voucher_that_could_not_go_home_is_minted_again():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    settle(hub, shop)
    voucher = voucher_at(hub, shop)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 200, denom=voucher, timeout=TEN_MINUTES_NS)))
    for side in (hub, shop):
        side.wait(700)
    hub.run_block()
    expect_ok(shop.do(CARRIER, update(hub, shop), refund(shop, hub, 2)))
    assert shop.balance(ALICE.address, voucher) == 500
    assert hub.balance(ESCROW) == 500


def test_a_chain_that_believes_attestations_alone_refunds_by_proof_all_the_same():
    hub, shop = connected(spoke_mode=ATTESTED)
    before = shop.balance(ALICE.address)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500, timeout=TEN_MINUTES_NS)))
    for side in (hub, shop):
        side.wait(700)
    hub.run_block()
    expect_ok(shop.do(CARRIER, update(hub, shop), refund(shop, hub, 1)))
    assert shop.balance(ALICE.address) == before


def test_anybody_proves_how_far_a_peer_has_received():
    hub, shop = connected()
    for _ in range(3):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    expect_ok(carry(hub, shop, count=2))
    shop.run_block()
    prove = MsgProveInbox(submitter=BOB.address, chain_id="shop-1", proof=inbox_proof(hub, shop))
    assert codes_of(hub.do(BOB, prove)) == ("qcp", 15)
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    expect_ok(hub.do(BOB, prove))
    assert (hub.queue("shop-1").proved, hub.queue("shop-1").acknowledged) == (2, 0)


def test_an_inbox_above_our_outbox_proves_nothing():
    hub, puppet = hub_and_puppet()
    puppet.meddle(puppet.received(3))
    puppet.run_block()
    prove = MsgProveInbox(submitter=BOB.address, chain_id="shop-1", proof=inbox_proof(hub, puppet))
    expect_ok(hub.do(CARRIER, update(puppet, hub)))
    assert codes_of(hub.do(BOB, prove)) == ("qcp", 33)
