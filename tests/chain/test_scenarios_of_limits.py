"""Acceptance scenarios of limits and pauses, each named by its number in docs/scenarios.md."""

from dataclasses import replace

from qos.base.blocktime import DAY_NS, DAY_S, HOUR_S
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    MsgClaimRelease,
    MsgFreeze,
    MsgHoldRotation,
    MsgRotateRelays,
    MsgSetFloor,
    RelaySignature,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL
from qos.testing.qcp_deliveries import carry, forgery, refund, settle, update
from qos.testing.qcp_network import (
    ATTESTED,
    CAPACITY,
    CARRIER,
    RELAYS,
    Side,
    codes_of,
    connected,
    events_of,
    expect_ok,
    transfer,
    voucher_at,
)
from qos.testing.transactions import Key, key_of


def test_scenario_13_who_holds_all_relay_keys_gets_a_bucket_and_its_refill_and_seats_no_key():
    hub, shop = connected(spoke_mode=ATTESTED, pausers=(BOB,))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 1)))
    settle(hub, shop)
    voucher, thief = voucher_at(hub, shop), CAROL
    floor = Coin(denom=voucher, amount=1_000)
    expect_ok(shop.do(AUTHORITY, MsgSetFloor(authority=AUTHORITY.address, chain_id="qos-1", floor=floor)))
    for _ in range(24):
        for amount in (1_000, 400, 41):
            expect_ok(shop.do(CARRIER, forgery(hub, shop, thief, amount).message()))
        shop.wait(HOUR_S)
    assert 1_000 < shop.balance(thief.address, voucher) <= 2_001
    # Where a proof is needed too, the keys alone bring nothing.
    forged_home = forgery(hub, shop, thief, 5)
    assert codes_of(hub.do(CARRIER, replace(forged_home, source="shop-1").message()))[0] == "qcp"
    # New keys wait a day, in which a pauser holds them; held back value waits while it is paused.
    seat(shop, (*RELAYS[1:], key_of("thief's relay")))
    expect_ok(shop.do(BOB, MsgHoldRotation(pauser=BOB.address, chain_id="qos-1")))
    expect_ok(shop.do(BOB, MsgFreeze(submitter=BOB.address, chain_id="qos-1")))
    held = shop.balance(thief.address, voucher)
    shop.wait(2 * DAY_S)
    shop.run_block()
    assert shop.peer("qos-1").epoch == 1
    assert shop.balance(thief.address, voucher) == held
    # Nothing of it comes home: only what is out may return, and only proven.
    assert hub.balance(ESCROW) == 1


def seat(side: Side, keys: tuple[Key, ...]) -> None:
    public = tuple(sorted(key.public for key in keys))
    height = side.height + 100
    signed = rotation_digest(side.peer("qos-1").incoming, 2, public, height)
    signatures = tuple(RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in RELAYS)
    message = MsgRotateRelays(
        submitter=CARRIER.address, chain_id="qos-1", epoch=2, relay_keys=public, height=height, signatures=signatures
    )
    expect_ok(side.do(CARRIER, message))


def away() -> tuple[Side, Side, str]:
    hub, shop = connected(pausers=(BOB,))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 6 * CAPACITY)))
    settle(hub, shop)
    return hub, shop, voucher_at(hub, shop)


def test_scenario_14_two_bursts_on_both_sides_of_midnight_pass_no_more_than_capacity_and_refill():
    hub, shop, voucher = away()
    midnight = hub.next_block().time_ns // (DAY_NS) * DAY_S + DAY_S
    for side in (hub, shop):
        side.wait(midnight - side.next_block().time_ns // 10**9 - 120)
    before = hub.balance(CAROL.address)
    for _ in range(2):
        for _ in range(2):
            expect_ok(shop.do(ALICE, transfer(ALICE, hub, CAPACITY, denom=voucher, to=CAROL.address)))
        expect_ok(carry(shop, hub))
        for side in (hub, shop):
            side.wait(240)
    passed = hub.balance(CAROL.address) - before
    assert CAPACITY <= passed <= CAPACITY + CAPACITY * 600 // DAY_S
    assert hub.queue("shop-1").inbox == 5


def test_scenario_15_a_large_transfer_waits_a_day_while_the_packets_behind_it_are_delivered():
    hub, shop, voucher = away()
    for amount in (2 * CAPACITY, 5, 6):
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, amount, denom=voucher, to=CAROL.address)))
    before = hub.balance(CAROL.address)
    result = expect_ok(carry(shop, hub))
    assert hub.balance(CAROL.address) == before + 11
    (held,) = events_of(result, "qcp_held")
    assert (held["from"], held["sequence"]) == ("shop-1", "2")
    claim = MsgClaimRelease(submitter=CARRIER.address, chain_id="shop-1", sequence=2)
    hub.wait(DAY_S - 60)
    assert codes_of(hub.do(CARRIER, claim)) == ("qcp", 38)
    hub.wait(60)
    hub.run_block()
    assert hub.balance(CAROL.address) == before + 11 + 2 * CAPACITY


def test_scenario_16_one_pauser_stops_deliveries_refunds_go_on_and_the_stop_lapses():
    hub, shop, _ = away()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * 10**9)))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    stop = MsgFreeze(submitter=BOB.address, chain_id="shop-1")
    expect_ok(hub.do(BOB, stop))
    before = hub.balance(ALICE.address)
    assert codes_of(carry(shop, hub)) == ("qcp", 5)
    for side in (hub, shop):
        side.wait(700)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub), refund(hub, shop, 2)))
    assert hub.balance(ALICE.address) == before + 500
    assert codes_of(hub.do(BOB, stop)) == ("qcp", 30)
    for side in (hub, shop):
        side.wait(3 * DAY_S - 800)
    assert codes_of(carry(shop, hub)) == ("qcp", 5)
    for side in (hub, shop):
        side.wait(200)
    expect_ok(carry(shop, hub))
