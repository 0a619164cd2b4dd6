"""Acceptance scenarios between QOS chains that need no relay program: each named by its number in docs/scenarios.md."""

from dataclasses import replace

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.crypto import secp256k1
from qos.lightclient.hashes import header_hash
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.attestation import packet_root, quorum
from qos.modules.crosschain.qcp.epochs import rotation_digest
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.modules.crosschain.qcp.transfer import PAYLOAD_GAS, PAYLOAD_TYPE
from qos.proto import codec
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    Abstract,
    AssetTransfer,
    MsgClaimRelease,
    MsgDeclareGone,
    MsgFreeze,
    MsgHoldRotation,
    MsgReceive,
    MsgRetireQueue,
    MsgRotateRelays,
    MsgSetFloor,
    Packet,
    PacketKind,
    ProvenPacket,
    RelaySignature,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL
from qos.testing.qcp_deliveries import Load, carry, load, refund, settle, update
from qos.testing.qcp_network import (
    ATTESTED,
    CARRIER,
    HOME_SUPPLY,
    RELAYS,
    Side,
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

HOUR, DAY = 3_600, 86_400
CAPACITY = HOME_SUPPLY // 100
"""1 % of what there is of the coin at home."""


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


def forgery(hub: Side, shop: Side, thief: Key, amount: int) -> Load:
    """Return what the relays would attest if all of them were the thief's."""
    outgoing, sequence = hub.peer("shop-1").outgoing, shop.queue("qos-1").inbox + 1
    payload = AssetTransfer(
        denom=BASE_DENOM, amount=amount, sender=thief.address, recipient=thief.address, symbol="QOS"
    )
    packet = codec.encode(
        Packet(
            version=1,
            queue_id=outgoing,
            sequence=sequence,
            kind=PacketKind.PACKET_KIND_REQUEST,
            source_height=1,
            timeout=shop.next_block().time_ns + DAY * 10**9,
            payload_gas=PAYLOAD_GAS,
            payload_type=PAYLOAD_TYPE,
            payload=codec.encode(payload),
        )
    )
    honest = hub.header(hub.height).signed_header.header
    named = packet_hash(packet)
    abstract = Abstract(
        queue_id=outgoing,
        version=1,
        epoch=shop.peer("qos-1").epoch,
        height=hub.height,
        header_hash=header_hash(honest),
        app_hash=honest.app_hash,
        first=sequence,
        last=sequence,
        packet_root=packet_root([named]),
    )
    return Load(source="qos-1", abstract=abstract, hashes=(named,), packets=(ProvenPacket(packet=packet),))


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
        shop.wait(HOUR)
    assert 1_000 < shop.balance(thief.address, voucher) <= 2_001
    # Where a proof is needed too, the keys alone bring nothing.
    forged_home = forgery(hub, shop, thief, 5)
    assert codes_of(hub.do(CARRIER, replace(forged_home, source="shop-1").message()))[0] == "qcp"
    # New keys wait a day, in which a pauser holds them; held back value waits while it is paused.
    seat(shop, (*RELAYS[1:], key_of("thief's relay")))
    expect_ok(shop.do(BOB, MsgHoldRotation(pauser=BOB.address, chain_id="qos-1")))
    expect_ok(shop.do(BOB, MsgFreeze(submitter=BOB.address, chain_id="qos-1")))
    held = shop.balance(thief.address, voucher)
    shop.wait(2 * DAY)
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
    midnight = hub.next_block().time_ns // (DAY * 10**9) * DAY + DAY
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
    assert CAPACITY <= passed <= CAPACITY + CAPACITY * 600 // DAY
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
    hub.wait(DAY - 60)
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
        side.wait(3 * DAY - 800)
    assert codes_of(carry(shop, hub)) == ("qcp", 5)
    for side in (hub, shop):
        side.wait(200)
    expect_ok(carry(shop, hub))


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
    hub.wait(29 * DAY)
    assert codes_of(hub.do(AUTHORITY, retire)) == ("qcp", 41)
    hub.wait(DAY)
    expect_ok(hub.do(AUTHORITY, retire))
    assert hub.balance(ALICE.address) == before + 500
    assert codes_of(hub.do(CARRIER, late)) == ("qcp", 1)
