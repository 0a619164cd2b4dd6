"""The light client on chain: steps, stale and forged headers, contradictions, expiry, recovery, pauses."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import DAY_NS, DAY_S
from qos.chains.business import BUSINESS
from qos.modules.crosschain.qcp.attestation import pause_digest
from qos.modules.crosschain.qcp.state import CLIENTS, HEADERS
from qos.proto.records.qos_qcp_v1 import MsgFreeze, MsgRecoverClient, TrustMode
from qos.testing.chain import ALICE, AUTHORITY, BOB
from qos.testing.light_chain import members
from qos.testing.qcp_deliveries import carry, load, signatures, update
from qos.testing.qcp_network import (
    ATTESTED,
    CARRIER,
    RELAYS,
    Side,
    business_chain,
    codes_of,
    connected,
    expect_ok,
    public_chain,
    registration,
    transfer,
)
from qos.testing.transactions import Key

FORGER = members(90, 91, 92, 93)


def client_height(side: Side, chain_id: str) -> int:
    found = CLIENTS.get(side.state(), chain_id)
    assert found is not None
    return found.height


def test_a_header_is_accepted_once_and_again_without_effect():
    hub, shop = connected()
    shop.run_block()
    message = update(shop, hub)
    expect_ok(hub.do(CARRIER, message))
    height = client_height(hub, "shop-1")
    assert height == shop.height
    expect_ok(hub.do(BOB, replace(message, submitter=BOB.address)))
    assert client_height(hub, "shop-1") == height


def test_a_header_between_two_known_ones_is_accepted():
    hub, shop = connected()
    for _ in range(4):
        shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    expect_ok(hub.do(CARRIER, update(shop, hub, shop.height - 2)))
    assert client_height(hub, "shop-1") == shop.height
    assert HEADERS.has(hub.state(), ("shop-1", shop.height - 2))


@pytest.mark.parametrize("height", [1, 0, -1])
def test_a_header_below_the_trust_root_is_refused(height):
    hub, shop = connected()
    block = shop.header(1)
    header = replace(block.signed_header.header, height=height)
    stale = replace(block, signed_header=replace(block.signed_header, header=header))
    assert codes_of(hub.do(CARRIER, replace(update(shop, hub), light_block=stale))) == ("lightclient", 4)


def test_headers_by_strangers_or_of_another_chain_are_refused():
    hub, shop = connected()
    good = update(shop, hub)
    next_height = client_height(hub, "shop-1") + 1
    forged = replace(good, light_block=shop.header(next_height, voters=FORGER))
    assert codes_of(hub.do(CARRIER, forged)) == ("lightclient", 9)
    shop.run_block()
    forged = replace(good, light_block=shop.header(shop.height, voters=FORGER))
    assert codes_of(hub.do(CARRIER, forged)) == ("lightclient", 14)
    hub.run_block()
    assert codes_of(hub.do(CARRIER, replace(good, light_block=hub.header(hub.height)))) == ("lightclient", 1)
    assert codes_of(hub.do(CARRIER, replace(good, chain_id="mall-1"))) == ("qcp", 1)


def test_a_header_with_a_changed_app_hash_is_refused():
    hub, shop = connected()
    shop.run_block()
    block = shop.header(shop.height)
    header = replace(block.signed_header.header, app_hash=b"x" * 32)
    forged = replace(block, signed_header=replace(block.signed_header, header=header))
    assert codes_of(hub.do(CARRIER, replace(update(shop, hub), light_block=forged)))[0] == "lightclient"


def test_a_header_from_the_future_is_refused():
    hub, shop = connected()
    shop.wait(120)
    shop.run_block()
    block = shop.header(shop.height)
    message = replace(update(shop, shop), light_block=block)
    assert codes_of(hub.do(CARRIER, message)) == ("lightclient", 3)


def test_two_valid_headers_of_one_height_freeze_the_queue_whoever_submits_them():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    good = update(shop, hub)
    expect_ok(hub.do(CARRIER, good))
    fork = replace(good, submitter=BOB.address, light_block=shop.header(shop.height, app_hash=b"f" * 32))
    expect_ok(hub.do(BOB, fork))
    assert hub.peer("shop-1").frozen_because == f"two valid headers of height {shop.height}"
    assert codes_of(hub.do(CARRIER, load(shop, hub, 1, 1).message())) == ("qcp", 4)
    assert codes_of(hub.do(CARRIER, good)) == ("qcp", 4)
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 5))) == ("qcp", 4)


def test_a_valid_header_that_is_not_before_a_later_one_freezes_the_queue():
    hub, shop = connected()
    for _ in range(3):
        shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    middle = shop.height - 1
    shop._times[middle] = shop._times[shop.height] + 1
    expect_ok(hub.do(CARRIER, update(shop, hub, middle)))
    assert "not before" in hub.peer("shop-1").frozen_because


def test_a_forged_second_header_freezes_nothing():
    hub, shop = connected()
    shop.run_block()
    good = update(shop, hub)
    expect_ok(hub.do(CARRIER, good))
    fork = replace(good, light_block=shop.header(shop.height, voters=FORGER, app_hash=b"f" * 32))
    assert codes_of(hub.do(CARRIER, fork))[0] == "lightclient"
    assert not hub.peer("shop-1").frozen_because


def expired() -> tuple[Side, Side]:
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    hub.wait(7 * DAY_S)
    shop.wait(7 * DAY_S)
    shop.run_block()
    return hub, shop


def test_an_expired_client_takes_nothing_and_sends_nothing():
    hub, shop = expired()
    at = client_height(hub, "shop-1")
    assert codes_of(hub.do(CARRIER, load(shop, hub, 1, 1, height=at).message())) == ("qcp", 6)
    assert codes_of(hub.do(CARRIER, update(shop, hub))) == ("lightclient", 2)
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 5))) == ("qcp", 6)


def test_a_chain_that_believes_attestations_alone_needs_no_fresh_client():
    hub, shop = connected(spoke_mode=ATTESTED)
    hub.wait(8 * DAY_S)
    shop.wait(8 * DAY_S)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))


def test_a_client_just_within_its_period_still_counts():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    left_ns = shop._times[shop.height] + 7 * DAY_NS - hub.next_block().time_ns
    hub.wait(left_ns // 10**9 - 1)
    expect_ok(hub.do(CARRIER, load(shop, hub, 1, 1).message()))


def test_the_authority_alone_recovers_a_client_with_a_later_header():
    hub, shop = expired()
    recover = MsgRecoverClient(authority=AUTHORITY.address, chain_id="shop-1", light_block=shop.header(shop.height))
    assert codes_of(hub.do(ALICE, replace(recover, authority=ALICE.address))) == ("qcp", 3)
    earlier = replace(recover, light_block=shop.header(client_height(hub, "shop-1")))
    assert codes_of(hub.do(AUTHORITY, earlier)) == ("lightclient", 2)
    expect_ok(hub.do(AUTHORITY, recover))
    expect_ok(carry(shop, hub))
    assert hub.queue("shop-1").inbox == 1


def test_headers_from_before_a_recovery_count_no_more():
    hub, shop = connected()
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    shop.run_block()
    old = shop.height
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    fork = replace(update(shop, hub), light_block=shop.header(old, app_hash=b"f" * 32))
    expect_ok(hub.do(CARRIER, fork))
    shop.run_block()
    recover = MsgRecoverClient(authority=AUTHORITY.address, chain_id="shop-1", light_block=shop.header(shop.height))
    expect_ok(hub.do(AUTHORITY, recover))
    assert codes_of(hub.do(CARRIER, load(shop, hub, 1, 1, height=old).message())) == ("qcp", 15)
    assert codes_of(hub.do(CARRIER, update(shop, hub, old))) == ("lightclient", 4)
    again = replace(recover, light_block=shop.header(shop.height))
    assert codes_of(hub.do(AUTHORITY, again)) == ("lightclient", 17)
    expect_ok(carry(shop, hub))


PAUSER = BOB


def pause(*relays: Key, inbox: int = 0, incoming: bytes = b"") -> MsgFreeze:
    signed = signatures(pause_digest(incoming, inbox), relays)
    return MsgFreeze(submitter=ALICE.address, chain_id="shop-1", signatures=signed)


def paused_network() -> tuple[Side, Side]:
    hub, shop = connected(pausers=(PAUSER,))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 5)))
    return hub, shop


def test_a_pauser_stops_deliveries_and_the_stop_lapses_by_itself():
    hub, shop = paused_network()
    stop = MsgFreeze(submitter=PAUSER.address, chain_id="shop-1")
    assert codes_of(hub.do(ALICE, replace(stop, submitter=ALICE.address))) == ("qcp", 3)
    expect_ok(hub.do(PAUSER, stop))
    assert codes_of(carry(shop, hub)) == ("qcp", 5)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    hub.wait(3 * DAY_S)
    shop.wait(3 * DAY_S)
    expect_ok(carry(shop, hub))


def test_more_than_a_third_of_the_relays_stop_deliveries_once_for_an_inbox_sequence():
    hub, shop = paused_network()
    incoming = hub.peer("shop-1").incoming
    assert codes_of(hub.do(ALICE, pause(*RELAYS[:1], incoming=incoming))) == ("qcp", 14)
    assert codes_of(hub.do(ALICE, pause(RELAYS[0], RELAYS[0], incoming=incoming))) == ("qcp", 11)
    assert codes_of(hub.do(ALICE, pause(*RELAYS[:2], inbox=1, incoming=incoming))) == ("qcp", 13)
    expect_ok(hub.do(ALICE, pause(*RELAYS[:2], incoming=incoming)))
    assert codes_of(carry(shop, hub)) == ("qcp", 5)
    hub.wait(3 * DAY_S)
    shop.wait(3 * DAY_S)
    assert codes_of(hub.do(ALICE, pause(*RELAYS[:2], incoming=incoming))) == ("qcp", 30)
    expect_ok(carry(shop, hub))
    expect_ok(hub.do(ALICE, pause(*RELAYS[2:], inbox=1, incoming=incoming)))


def test_only_the_authority_registers_chains():
    hub, shop = public_chain(), business_chain()
    assert codes_of(hub.do(ALICE, replace(registration(hub, shop), authority=ALICE.address))) == ("qcp", 3)


BAD_REGISTRATIONS: dict[str, dict[str, Any]] = {
    "no chain id": {"chain_id": "Shop"},
    "itself": {"chain_id": "qos-1"},
    "registration 0": {"registration": 0},
    "no genesis": {"genesis_hash": bytes(32)},
    "no genesis of its own": {"local_genesis_hash": bytes(32)},
    "attestation alone": {"trust_mode": ATTESTED},
    "no trust mode": {"trust_mode": TrustMode.TRUST_MODE_UNSPECIFIED},
    "three relays": {"relay_keys": tuple(key.public for key in RELAYS[:3])},
    "unsorted relays": {"relay_keys": tuple(key.public for key in RELAYS[::-1])},
    "a relay twice": {"relay_keys": (RELAYS[0].public, *(key.public for key in RELAYS))},
    "no curve point": {"relay_keys": tuple(sorted((b"\x02" + b"\xff" * 32, *(key.public for key in RELAYS))))},
    "a cut key": {"relay_keys": tuple(sorted((RELAYS[0].public[:32], *(key.public for key in RELAYS))))},
    "a pauser who is a relay": {"pausers": (RELAYS[0].address,)},
    "a pauser twice": {"pausers": (BOB.address, BOB.address)},
}


@pytest.mark.parametrize("name", BAD_REGISTRATIONS)
def test_a_registration_that_cannot_be_meant_is_refused(name):
    hub, shop = public_chain(), business_chain()
    message = replace(registration(hub, shop), **BAD_REGISTRATIONS[name])
    assert codes_of(hub.do(AUTHORITY, message)) == ("qcp", 2)


def test_a_chain_is_registered_once():
    hub, shop = connected()
    assert codes_of(hub.do(AUTHORITY, registration(hub, shop))) == ("qcp", 2)


def test_a_trust_root_of_another_chain_or_not_final_is_refused():
    hub, shop = public_chain(), business_chain()
    good = registration(hub, shop)
    other = replace(good, trust_root=hub.header(1))
    assert codes_of(hub.do(AUTHORITY, other)) == ("lightclient", 1)
    commit = replace(good.trust_root.signed_header.commit, signatures=())
    bare = replace(good.trust_root, signed_header=replace(good.trust_root.signed_header, commit=commit))
    assert codes_of(hub.do(AUTHORITY, replace(good, trust_root=bare))) == ("lightclient", 10)


def test_a_peer_on_the_embedded_engine_needs_a_development_genesis():
    hub, shop = Side(), Side(BUSINESS, "shop-1", price=0, first=11, dev=False)
    message = registration(shop, hub)
    assert codes_of(shop.do(AUTHORITY, message)) == ("qcp", 2)
    expect_ok(shop.do(AUTHORITY, replace(message, dev=False)))


def test_a_pause_ends_after_72_hours_to_the_second_and_is_neither_extended_nor_ended_before():
    hub, shop = paused_network()
    stop = MsgFreeze(submitter=PAUSER.address, chain_id="shop-1")
    expect_ok(hub.do(PAUSER, stop))
    until = hub.peer("shop-1").paused_until
    assert until == hub._times[hub.height] + 3 * DAY_NS
    hub.wait(DAY_S)
    assert codes_of(hub.do(PAUSER, stop)) == ("qcp", 30)
    incoming = hub.peer("shop-1").incoming
    assert codes_of(hub.do(ALICE, pause(*RELAYS[:2], incoming=incoming))) == ("qcp", 30)
    assert hub.peer("shop-1").paused_until == until
    hub.wait((until - hub.next_block().time_ns) // 10**9 - 1)
    shop.run_block()
    delivery = load(shop, hub, 1, 1)
    assert codes_of(hub.do(CARRIER, update(shop, hub), delivery.message())) == ("qcp", 5)
    hub.wait(-4)
    assert hub.next_block().time_ns == until
    expect_ok(hub.do(CARRIER, update(shop, hub), delivery.message()))


def test_a_pauser_may_pause_again_once_the_pause_ended():
    hub, _ = paused_network()
    stop = MsgFreeze(submitter=PAUSER.address, chain_id="shop-1")
    expect_ok(hub.do(PAUSER, stop))
    hub.wait(3 * DAY_S)
    expect_ok(hub.do(PAUSER, stop))
    assert hub.peer("shop-1").paused_until == hub._times[hub.height] + 3 * DAY_NS
