"""Everything forged is refused: attestations, headers, proofs, packets, order; and a refusal changes nothing."""

from dataclasses import replace

import pytest

from qos.modules.crosschain.qcp.attestation import packet_root
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import ProvenPacket
from qos.testing.chain import ALICE, BOB
from qos.testing.qcp_deliveries import Load, carry, load, signatures, update
from qos.testing.qcp_network import (
    ATTESTED,
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    connect,
    connected,
    expect_ok,
    public_chain,
    transfer,
)
from qos.testing.qcp_puppet import asset, hub_and_puppet
from qos.testing.transactions import Key, key_of

ZERO = bytes(32)


@pytest.fixture
def waiting_network() -> tuple[Side, Side]:
    """Three packets wait at the business chain; the public chain knows the header that proves them."""
    hub, shop = connected()
    for amount in (5, 6, 7):
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, amount)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    return hub, shop


def refused(hub: Side, batch: Load, relays: tuple[Key, ...] = RELAYS) -> tuple[str, int]:
    """Deliver a batch that must be refused without a trace, and return why."""
    queue, supply = hub.queue("shop-1"), hub.machine.export_genesis()["qcp"]
    result = hub.do(CARRIER, batch.message(relays))
    assert result.code != 0
    assert hub.queue("shop-1") == queue
    assert hub.machine.export_genesis()["qcp"] == supply
    return codes_of(result)


def test_honest_packets_pass(waiting_network):
    hub, shop = waiting_network
    expect_ok(hub.do(CARRIER, load(shop, hub, 1, 3).message()))
    assert hub.queue("shop-1").inbox == 3


def forged_amount(batch: Load, shop: Side) -> tuple[bytes, tuple[bytes, ...]]:
    packet = replace(shop.packet("qos-1", 1), payload=codec.encode(asset(10**30)))
    data = codec.encode(packet)
    return data, (packet_hash(data), *batch.hashes[1:])


def test_a_valid_attestation_by_all_relays_over_a_forged_packet_is_refused(waiting_network):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    data, hashes = forged_amount(batch, shop)
    attested = replace(batch, abstract=replace(batch.abstract, packet_root=packet_root(hashes)), hashes=hashes)
    # The proof shows what really stands in the outbox, and that is not what was attested.
    assert refused(hub, attested) == ("qcp", 19)
    brought = replace(batch.packets[0], packet=data)
    assert refused(hub, replace(attested, packets=(brought, *batch.packets[1:]))) == ("qcp", 32)


@pytest.mark.parametrize("data", [b"", b"x"])
def test_a_proven_packet_is_brought_whole(waiting_network, data):
    """Whoever reads deliveries in blocks, as a provider's gateway does, finds there what was received."""
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    changed = replace(batch.packets[1], packet=data)
    assert refused(hub, replace(batch, packets=(batch.packets[0], changed, batch.packets[2]))) == ("qcp", 32)


def test_a_chain_that_chose_attestation_alone_believes_the_relays():
    hub, shop = connected(spoke_mode=ATTESTED)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    hub.run_block()
    batch = load(hub, shop, 1, 1)
    bare = replace(batch, packets=(ProvenPacket(packet=batch.packets[0].packet),))
    expect_ok(shop.do(CARRIER, bare.message()))
    assert shop.queue("qos-1").inbox == 1


def test_an_attested_packet_that_is_not_the_attested_one_is_refused_without_proofs_too():
    hub, shop = connected(spoke_mode=ATTESTED)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    hub.run_block()
    batch = load(hub, shop, 1, 1)
    forged = codec.encode(replace(hub.packet("shop-1", 1), payload=codec.encode(asset(10**30))))
    wrong = replace(batch, packets=(ProvenPacket(packet=forged),))
    assert codes_of(shop.do(CARRIER, wrong.message())) == ("qcp", 19)
    assert shop.queue("qos-1").inbox == 0


def test_one_key_four_times_is_not_four(waiting_network):
    hub, shop = waiting_network
    assert refused(hub, load(shop, hub, 1, 3), (RELAYS[0],) * 4) == ("qcp", 11)


def test_two_of_four_relays_are_not_enough(waiting_network):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    assert refused(hub, batch, RELAYS[:2]) == ("qcp", 14)
    expect_ok(hub.do(CARRIER, batch.message(RELAYS[:3])))


@pytest.mark.parametrize(
    ("relays", "number"),
    [
        (RELAYS[::-1], 11),
        ((), 14),
        (tuple(sorted((*RELAYS[:3], key_of("stranger")), key=lambda key: key.public)), 12),
    ],
)
def test_signers_that_are_unsorted_missing_or_strangers_are_refused(waiting_network, relays, number):
    hub, shop = waiting_network
    assert refused(hub, load(shop, hub, 1, 3), relays) == ("qcp", number)


def test_signatures_over_something_else_are_refused(waiting_network):
    hub, shop = waiting_network
    message = load(shop, hub, 1, 3).message()
    other = replace(message.attestation, signatures=signatures(b"d" * 32))
    assert codes_of(hub.do(CARRIER, replace(message, attestation=other))) == ("qcp", 13)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"queue_id": b"q" * 32}, ("qcp", 8)),
        ({"version": 2}, ("qcp", 9)),
        ({"version": 0}, ("qcp", 9)),
        ({"epoch": 2}, ("qcp", 10)),
        ({"epoch": 0}, ("qcp", 10)),
        ({"height": 0}, ("qcp", 7)),
        ({"height": 3}, ("qcp", 15)),
        ({"height": 2**62}, ("qcp", 15)),
        ({"header_hash": b"h" * 32}, ("qcp", 16)),
        ({"app_hash": b"a" * 32}, ("qcp", 16)),
        ({"first": 0}, ("qcp", 7)),
        ({"first": 2}, ("qcp", 7)),
        ({"last": 0}, ("qcp", 7)),
        ({"last": 2**64 - 1}, ("qcp", 7)),
        ({"packet_root": b"r" * 32}, ("qcp", 7)),
        ({"queue_id": ZERO}, ("qcp", 7)),
        ({"header_hash": ZERO}, ("qcp", 7)),
        ({"app_hash": ZERO}, ("qcp", 7)),
        ({"packet_root": ZERO}, ("qcp", 7)),
        ({"queue_id": b""}, ("sdk", 18)),
        ({"header_hash": b""}, ("sdk", 18)),
        ({"app_hash": b""}, ("sdk", 18)),
        ({"packet_root": b""}, ("sdk", 18)),
    ],
)
def test_an_abstract_that_is_wrong_in_one_field_is_refused_though_all_relays_signed_it(waiting_network, change, error):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    assert refused(hub, replace(batch, abstract=replace(batch.abstract, **change))) == error


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"packets": ()}, ("qcp", 7)),
        ({"hashes": ()}, ("qcp", 7)),
        ({"hashes": (b"",) * 3}, ("qcp", 7)),
        ({"hashes": (ZERO,) * 3}, ("qcp", 7)),
        ({"hashes": (b"h" * 31,) * 3}, ("qcp", 7)),
        ({"source": "mall-1"}, ("qcp", 1)),
        ({"source": ""}, ("sdk", 18)),
    ],
)
def test_a_delivery_with_something_empty_or_unknown_is_refused(waiting_network, change, error):
    hub, shop = waiting_network
    assert refused(hub, replace(load(shop, hub, 1, 3), **change)) == error


PROOF_CHANGES = {
    "no store proof": lambda one, other: replace(one, store_proof=b""),
    "no chain proof": lambda one, other: replace(one, chain_proof=b""),
    "cut store proof": lambda one, other: replace(one, store_proof=one.store_proof[:-1]),
    "cut chain proof": lambda one, other: replace(one, chain_proof=one.chain_proof[:-1]),
    "padded store proof": lambda one, other: replace(one, store_proof=one.store_proof + b"\x00"),
    "padded chain proof": lambda one, other: replace(one, chain_proof=one.chain_proof + b"\x00"),
    "surplus field": lambda one, other: replace(one, store_proof=one.store_proof + b"\x7a\x00"),
    "links swapped": lambda one, other: replace(one, store_proof=one.chain_proof, chain_proof=one.store_proof),
    "proof of another packet": lambda one, other: replace(one, store_proof=other.store_proof),
    "zeros": lambda one, other: replace(one, store_proof=bytes(len(one.store_proof))),
}


@pytest.mark.parametrize("name", PROOF_CHANGES)
def test_a_proof_that_is_not_exactly_right_is_refused(waiting_network, name):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    changed = PROOF_CHANGES[name](batch.packets[0], batch.packets[1])
    assert refused(hub, replace(batch, packets=(changed, *batch.packets[1:]))) == ("qcp", 32)


def test_every_flipped_byte_of_a_proof_is_refused_or_proves_the_same(waiting_network):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 1)
    proof = batch.packets[0].store_proof
    for position in range(0, len(proof), 23):
        flipped = proof[:position] + bytes((proof[position] ^ 1,)) + proof[position + 1 :]
        assert refused(hub, replace(batch, packets=(replace(batch.packets[0], store_proof=flipped),)))[0] == "qcp"


def test_a_proof_under_an_older_header_is_refused_under_a_newer_one(waiting_network):
    hub, shop = waiting_network
    older = load(shop, hub, 1, 3)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 8)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    newer = load(shop, hub, 1, 3)
    assert refused(hub, replace(newer, packets=older.packets)) == ("qcp", 32)


def test_order_is_kept_and_nothing_comes_twice(waiting_network):
    hub, shop = waiting_network
    assert refused(hub, load(shop, hub, 2, 3)) == ("qcp", 17)
    expect_ok(hub.do(CARRIER, load(shop, hub, 1, 1).message()))
    assert refused(hub, load(shop, hub, 1, 1)) == ("qcp", 18)
    assert refused(hub, load(shop, hub, 3, 3)) == ("qcp", 17)
    expect_ok(hub.do(CARRIER, load(shop, hub, 2, 3).message()))
    assert refused(hub, load(shop, hub, 2, 3)) == ("qcp", 18)


def test_a_prefix_may_be_delivered_and_the_rest_by_the_same_attestation(waiting_network):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    expect_ok(hub.do(CARRIER, replace(batch, packets=batch.packets[:1]).message()))
    assert hub.queue("shop-1").inbox == 1
    rest = replace(batch, packets=batch.packets[1:]).message()
    expect_ok(hub.do(BOB, replace(rest, submitter=BOB.address)))
    assert hub.queue("shop-1").inbox == 3


def test_packets_swapped_inside_a_batch_are_refused(waiting_network):
    hub, shop = waiting_network
    batch = load(shop, hub, 1, 3)
    one, two, three = batch.packets
    assert refused(hub, replace(batch, packets=(two, one, three))) == ("qcp", 32)


def test_an_attestation_for_a_twin_deployment_is_refused(waiting_network):
    hub, _ = waiting_network
    twin = public_chain()
    twin.genesis_hash = b"t" * 32
    twin_shop = business_chain()
    connect(twin, twin_shop)
    expect_ok(twin_shop.do(ALICE, transfer(ALICE, twin, 5)))
    twin_shop.run_block()
    assert refused(hub, load(twin_shop, twin, 1, 1)) == ("qcp", 8)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"version": 2}, ("qcp", 9)),
        ({"queue_id": b"q" * 32}, ("qcp", 8)),
        ({"sequence": 2}, ("qcp", 17)),
        ({"sequence": 0}, ("qcp", 18)),
        ({"source_height": 0}, ("qcp", 20)),
        ({"source_height": 10**9}, ("qcp", 20)),
        ({"source_height": -5}, ("qcp", 20)),
        ({"kind": 0}, ("qcp", 20)),
        ({"request_sequence": 1}, ("qcp", 20)),
        ({"payload_gas": 2_000_001}, ("qcp", 20)),
        ({"payload_type": ""}, ("qcp", 20)),
        ({"payload": b"p" * 8193}, ("sdk", 18)),
    ],
)
def test_a_proven_packet_whose_fields_break_the_version_changes_nothing(change, error):
    hub, puppet = hub_and_puppet()
    puppet.plant(puppet.request(**change))
    puppet.run_block()
    expect_ok(hub.do(CARRIER, update(puppet, hub)))
    assert refused(hub, load(puppet, hub, 1, 1)) == error


@pytest.mark.parametrize("tail", [b"\x00", b"\xfa\x01\x01x"])
def test_a_packet_that_is_not_canonically_encoded_changes_nothing(tail):
    hub, puppet = hub_and_puppet()
    puppet.plant(codec.encode(puppet.request()) + tail)
    puppet.run_block()
    expect_ok(hub.do(CARRIER, update(puppet, hub)))
    assert refused(hub, load(puppet, hub, 1, 1)) == ("sdk", 2)


def test_events_of_a_failed_transaction_leave_nothing_to_carry(waiting_network):
    hub, shop = waiting_network
    result = shop.do(ALICE, transfer(ALICE, hub, 5), transfer(ALICE, hub, 10**40))
    assert result.code != 0
    assert result.events == ()
    assert shop.queue("qos-1").outbox == 3


def test_carrying_on_after_refusals_works(waiting_network):
    hub, shop = waiting_network
    refused(hub, load(shop, hub, 2, 3))
    expect_ok(carry(shop, hub))
    assert hub.queue("shop-1").inbox == 3
