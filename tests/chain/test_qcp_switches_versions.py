"""[Q17] A later version is offered, acknowledged and switched to by a packet; what was in flight ends under the old."""

from dataclasses import replace
from typing import Any

import pytest

from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.machine.chain import Chain
from qos.modules.crosschain.qcp import transfer as transfers
from qos.modules.crosschain.qcp.module import qcp_module
from qos.modules.crosschain.qcp.state import RECEIPTS
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import (
    MsgConsumeFailed,
    MsgOfferVersion,
    MsgSwitchVersion,
    PacketKind,
    Receipt,
    VersionOffer,
)
from qos.testing.chain import ALICE, AUTHORITY
from qos.testing.qcp_deliveries import Load, carry, load, settle, update, waiting
from qos.testing.qcp_network import BOTH, CARRIER, Side, codes_of, connect, connected, expect_ok, transfer, voucher_at
from qos.testing.qcp_puppet import hub_and_puppet

OFFER = MsgOfferVersion(authority=AUTHORITY.address, chain_id="shop-1", version=2)
SWITCH = MsgSwitchVersion(authority=AUTHORITY.address, chain_id="shop-1", version=2)


def speaking(chain: Chain, *versions: int) -> Chain:
    """Return a chain whose QCP speaks these versions."""
    qcp = qcp_module(
        payloads={transfers.PAYLOAD_TYPE: transfers.receive},
        trust_modes=frozenset((BOTH,)),
        spoken=frozenset(versions),
    )
    return replace(chain, modules=tuple(qcp if each.name == "qcp" else each for each in chain.modules))


def bilingual(*, shop_versions: tuple[int, ...] = (1, 2)) -> tuple[Side, Side]:
    """Return two connected chains, the public one speaking versions 1 and 2."""
    hub = Side(speaking(PUBLIC, 1, 2), "qos-1")
    shop = Side(speaking(BUSINESS, *shop_versions), "shop-1", price=0, first=11)
    connect(hub, shop)
    return hub, shop


def receipts(side: Side, peer: str) -> list[Receipt]:
    return [receipt for (queue, _), receipt in RECEIPTS.items(side.state()) if queue == side.peer(peer).incoming]


def batch(hub: Side, shop: Side, first: int, last: int) -> Load:
    """Return packets of one version, attested under it."""
    found = load(hub, shop, first, last)
    return replace(found, abstract=replace(found.abstract, version=hub.packet("shop-1", first).version))


def deliver(hub: Side, shop: Side, first: int, last: int) -> tuple[str, int]:
    hub.run_block()
    return codes_of(shop.do(CARRIER, update(hub, shop), batch(hub, shop, first, last).message()))


def test_sending_refuses_a_version_the_peer_has_not_acknowledged():
    hub, shop = bilingual()
    assert codes_of(hub.do(ALICE, replace(SWITCH, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(hub.do(ALICE, replace(OFFER, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(hub.do(AUTHORITY, SWITCH)) == ("qcp", 42)
    expect_ok(hub.do(AUTHORITY, OFFER))
    assert codes_of(hub.do(AUTHORITY, SWITCH)) == ("qcp", 42)
    expect_ok(carry(hub, shop))
    assert codes_of(hub.do(AUTHORITY, SWITCH)) == ("qcp", 42)
    expect_ok(carry(shop, hub))
    expect_ok(hub.do(AUTHORITY, SWITCH))
    assert codes_of(hub.do(AUTHORITY, SWITCH)) == ("qcp", 9)


@pytest.mark.parametrize("version", [0, 3])
def test_a_version_that_is_not_spoken_here_is_neither_offered_nor_switched_to(version: int):
    hub, _ = bilingual()
    assert codes_of(hub.do(AUTHORITY, replace(OFFER, version=version))) == ("qcp", 9)
    assert codes_of(hub.do(AUTHORITY, replace(SWITCH, version=version))) == ("qcp", 9)


def test_an_offer_the_peer_does_not_speak_is_a_failed_result():
    hub, shop = bilingual(shop_versions=(1,))
    expect_ok(hub.do(AUTHORITY, OFFER))
    settle(hub, shop)
    assert hub.peer("shop-1").acknowledged_version == 0
    assert codes_of(hub.do(AUTHORITY, SWITCH)) == ("qcp", 42)
    assert [each.reason for each in receipts(shop, "qos-1")] == ["qcp/9"]


def test_scenario_22_what_is_in_flight_ends_under_the_old_version_and_the_rest_under_the_new():
    hub, shop = bilingual()
    expect_ok(hub.do(AUTHORITY, OFFER))
    settle(hub, shop)
    for _ in range(9):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 1)))
    expect_ok(hub.do(AUTHORITY, SWITCH))
    for _ in range(5):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100)))
    assert [hub.packet("shop-1", sequence).version for sequence in range(2, 17)] == [1] * 10 + [2] * 5
    # No delivery crosses the switch, under either version.
    mixed = load(hub, shop, 2, 12)
    hub.run_block()
    for version in (1, 2):
        crossing = replace(load(hub, shop, 2, 12), abstract=replace(mixed.abstract, version=version))
        assert codes_of(shop.do(CARRIER, update(hub, shop), crossing.message()))[0] == "qcp"
    assert deliver(hub, shop, 2, 11) == ("", 0)
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 9
    # Behind the switch a packet of the old version is refused, and nothing has moved.
    hub.run_block()
    old = load(hub, shop, 12, 12)
    assert codes_of(shop.do(CARRIER, update(hub, shop), old.message())) == ("qcp", 9)
    assert shop.queue("qos-1").inbox == 11
    assert deliver(hub, shop, 12, 16) == ("", 0)
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 509
    assert receipts(shop, "qos-1")[10].result == 0
    # The way back still speaks the old one: each direction has its own.
    while waiting(shop, hub):
        expect_ok(carry(shop, hub))
    assert shop.packet("qos-1", shop.queue("qos-1").outbox).version == 1


def test_a_switch_to_what_was_never_taken_freezes_the_queue():
    hub, puppet = hub_and_puppet()
    offer = codec.encode(VersionOffer(version=2))
    bare = puppet.request(offer, kind=PacketKind.PACKET_KIND_SWITCH, timeout=0, payload_gas=0, payload_type="")
    puppet.plant(bare)
    puppet.plant(puppet.request())
    expect_ok(carry(puppet, hub))
    assert hub.peer("shop-1").frozen_because == "packet 1 is no right switch of versions: qcp/9"
    assert hub.queue("shop-1").inbox == 1


@pytest.mark.parametrize(
    "fields",
    [{"timeout": 5}, {"payload_gas": 5}, {"payload_type": "x"}, {"request_sequence": 1}, {"payload": b"x"}],
)
def test_an_acknowledgement_with_anything_in_it_is_refused(fields: dict[str, Any]):
    hub, puppet = hub_and_puppet()
    bare = {"kind": PacketKind.PACKET_KIND_ACKNOWLEDGEMENT, "timeout": 0, "payload_gas": 0, "payload_type": ""}
    puppet.plant(puppet.request(fields.pop("payload", b""), **bare | fields))
    assert codes_of(carry(puppet, hub)) == ("qcp", 20)


def test_the_authority_lets_one_named_request_be_consumed_as_failed():
    hub, shop = connected()
    for _ in range(3):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 100)))
    before = hub.balance(ALICE.address)
    named = MsgConsumeFailed(authority=AUTHORITY.address, chain_id="qos-1", sequence=2)
    assert codes_of(shop.do(ALICE, replace(named, authority=ALICE.address))) == ("qcp", 3)
    assert codes_of(shop.do(AUTHORITY, replace(named, chain_id="mall-1"))) == ("qcp", 1)
    assert codes_of(shop.do(AUTHORITY, replace(named, sequence=0))) == ("qcp", 18)
    expect_ok(shop.do(AUTHORITY, named))
    settle(hub, shop)
    assert [each.reason for each in receipts(shop, "qos-1")] == ["", "qcp/43", ""]
    assert shop.balance(ALICE.address, voucher_at(hub, shop)) == 200
    assert hub.balance(ALICE.address) == before + 100
    assert codes_of(shop.do(AUTHORITY, named)) == ("qcp", 18)
