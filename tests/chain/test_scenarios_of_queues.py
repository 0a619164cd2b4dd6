"""Acceptance scenarios between QOS chains that need no relay program: each named by its number in docs/scenarios.md."""

from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_S
from qos.base.identifiers import BASE_DENOM
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.attestation import quorum
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    MsgDeclareGone,
    MsgReceive,
    MsgRetireQueue,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB
from qos.testing.qcp_deliveries import Load, carry, forgery, load, refund, update
from qos.testing.qcp_network import (
    CARRIER,
    business_chain,
    codes_of,
    connect,
    connected,
    events_of,
    expect_ok,
    public_chain,
    registration,
    transfer,
    voucher_at,
)
from qos.testing.qcp_puppet import asset, hub_and_puppet
from qos.testing.transactions import Key, key_of


def test_scenario_04_a_failed_transaction_that_would_have_sent_leaves_nothing_to_carry():
    hub, shop = connected()
    beyond = transfer(ALICE, shop, 10**30)
    result = hub.do(ALICE, transfer(ALICE, shop, 5), beyond)
    assert result.code != 0
    assert not events_of(result, "qcp")
    assert hub.queue("shop-1").outbox == 0
    # Though all relays believe it was sent, there is no outbox row to prove.
    forged = forgery(hub, shop, ALICE, 5)
    hub.run_block()
    assert codes_of(shop.do(CARRIER, update(hub, shop), forged.message()))[0] == "qcp"
    assert shop.queue("qos-1").inbox == 0


def test_scenario_05_packets_out_of_order_and_replayed_change_nothing_but_the_fee():
    hub, shop = connected()
    for _ in range(7):
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, 10)))
    expect_ok(carry(shop, hub, count=4))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    before, escrow = hub.queue("shop-1"), hub.balance(ESCROW)
    held = hub.balance(ALICE.address, voucher_at(shop, hub))
    assert codes_of(hub.do(CARRIER, load(shop, hub, 7, 7).message())) == ("qcp", 17)
    assert (hub.queue("shop-1"), hub.balance(ESCROW)) == (before, escrow)
    assert hub.balance(ALICE.address, voucher_at(shop, hub)) == held
    at = shop.height
    expect_ok(hub.do(CARRIER, load(shop, hub, 5, 5, height=at).message()))
    expect_ok(hub.do(CARRIER, load(shop, hub, 6, 6, height=at).message()))
    assert codes_of(hub.do(CARRIER, load(shop, hub, 6, 6, height=at).message())) == ("qcp", 18)
    assert hub.queue("shop-1").inbox == 6
    assert hub.balance(ALICE.address, voucher_at(shop, hub)) == 60


@pytest.mark.parametrize("size", [6, 9])
def test_scenario_06_exactly_two_thirds_are_refused_and_one_more_is_enough(size: int):
    relays = tuple(sorted((key_of(f"attester {i}") for i in range(size)), key=lambda key: key.public))
    hub, shop = public_chain(), business_chain()
    for here, there in ((hub, shop), (shop, hub)):
        expect_ok(here.do(AUTHORITY, registration(here, there, relays=relays)))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 10)))
    shop.run_block()
    batch = load(shop, hub, 1, 1)
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    assert codes_of(hub.do(CARRIER, batch.message(relays[: size * 2 // 3]))) == ("qcp", 14)
    twice = (*relays[: size * 2 // 3], relays[0])
    assert codes_of(hub.do(CARRIER, batch.message(twice))) == ("qcp", 11)
    assert codes_of(hub.do(CARRIER, batch.message(relays[::-1]))) == ("qcp", 11)
    stranger = sorted((*relays[: size * 2 // 3], key_of("stranger")), key=lambda key: key.public)
    assert codes_of(hub.do(CARRIER, batch.message(stranger))) == ("qcp", 12)
    empty = replace(batch, abstract=replace(batch.abstract, packet_root=bytes(32)))
    assert codes_of(hub.do(CARRIER, empty.message(relays))) == ("qcp", 7)
    assert codes_of(hub.do(CARRIER, high_s(batch, relays))) == ("qcp", 13)
    expect_ok(hub.do(CARRIER, batch.message(relays[: quorum(size)])))


def high_s(batch: Load, relays: tuple[Key, ...]) -> MsgReceive:
    """Return a delivery whose first signature is in its other form."""
    message = batch.message(relays)
    first, *others = message.attestation.signatures
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = (order - int.from_bytes(first.signature[32:], "big")).to_bytes(32, "big")
    bent = replace(first, signature=first.signature[:32] + s)
    return replace(message, attestation=replace(message.attestation, signatures=(bent, *others)))


@pytest.mark.parametrize(
    ("fields", "number"),
    [({"queue_id": b"t" * 32}, 8), ({"epoch": 2}, 10), ({"version": 2}, 9), ({"version": 0}, 9)],
)
def test_scenario_07_a_certificate_for_another_deployment_epoch_or_version_is_refused(fields, number):
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 10)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    batch = load(shop, hub, 1, 1)
    other = replace(batch, abstract=replace(batch.abstract, **fields))
    assert codes_of(hub.do(CARRIER, other.message())) == ("qcp", number)
    expect_ok(hub.do(CARRIER, batch.message()))


def test_scenario_08_an_expired_packet_is_refunded_once_also_when_relay_and_user_both_bring_the_proof():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * 10**9)))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 7)))
    before = hub.balance(ALICE.address)
    for side in (hub, shop):
        side.wait(700)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    brought = refund(hub, shop, 1)
    # The relay carries it too: it is consumed as expired and the queue goes on.
    expect_ok(carry(hub, shop))
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 7
    expect_ok(hub.do(BOB, replace(brought, submitter=BOB.address)))
    assert codes_of(hub.do(CARRIER, brought)) == ("qcp", 34)
    expect_ok(carry(shop, hub))
    assert hub.balance(ALICE.address) == before + 500
    assert not hub.peer("shop-1").frozen_because


def test_scenario_25_a_stranger_under_a_registered_name_is_refused_at_registration_and_at_delivery():
    hub, _ = connected()
    stranger = business_chain("shop-1", first=71)
    stranger.genesis_hash = b"s" * 32
    assert codes_of(hub.do(AUTHORITY, registration(hub, stranger))) == ("qcp", 2)
    assert codes_of(hub.do(AUTHORITY, replace(registration(hub, stranger), registration=2))) == ("qcp", 2)
    other_hub = public_chain()
    other_hub.genesis_hash = b"o" * 32
    connect(other_hub, stranger)
    expect_ok(stranger.do(ALICE, transfer(ALICE, other_hub, 5)))
    stranger.run_block()
    batch = load(stranger, other_hub, 1, 1)
    assert codes_of(hub.do(CARRIER, batch.message()))[0] == "qcp"
    message = update(stranger, hub)
    assert codes_of(hub.do(CARRIER, message))[0] == "lightclient"
    assert hub.queue("shop-1").inbox == 0


def test_scenario_25_a_voucher_path_that_starts_elsewhere_releases_nothing():
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500)))
    puppet.plant(puppet.result(hub.packet("shop-1", 1)))
    elsewhere = asset(500, path=(b"e" * 32,))
    puppet.plant(puppet.request(codec.encode(elsewhere)))
    before, supply = hub.balance(ALICE.address), bank.supply(hub.state(), BASE_DENOM)
    expect_ok(carry(puppet, hub))
    # It is a voucher of a voucher of the liar, worth what the liar is worth; the escrow stands.
    assert hub.balance(ALICE.address) == before
    assert hub.balance(ESCROW) == 500
    assert bank.supply(hub.state(), BASE_DENOM) == supply


def test_scenario_28_a_chain_declared_gone_is_frozen_then_refunded_and_its_late_certificate_refused():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    expect_ok(shop.do(BOB, transfer(BOB, hub, 5)))
    shop.run_block()
    late = load(shop, hub, 1, 1).message()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    before = hub.balance(ALICE.address)
    expect_ok(hub.do(AUTHORITY, MsgDeclareGone(authority=AUTHORITY.address, chain_id="shop-1")))
    assert codes_of(hub.do(CARRIER, late)) == ("qcp", 4)
    retire = MsgRetireQueue(authority=AUTHORITY.address, chain_id="shop-1")
    hub.wait(29 * DAY_S)
    assert codes_of(hub.do(AUTHORITY, retire)) == ("qcp", 41)
    hub.wait(DAY_S)
    expect_ok(hub.do(AUTHORITY, retire))
    assert hub.balance(ALICE.address) == before + 500
    assert codes_of(hub.do(CARRIER, late)) == ("qcp", 1)
