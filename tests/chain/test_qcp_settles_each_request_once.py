"""Every request is consumed, answered and settled exactly once, whatever it did; wrong results freeze the queue."""

from dataclasses import replace

import pytest

from qos.base.identifiers import BASE_DENOM, module_address
from qos.chains.public import PUBLIC
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import CLAIMS, PENDING, RECEIPTS
from qos.modules.crosschain.qcp.transfer import PAYLOAD_GAS, voucher_denom
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgClaim, Packet, PacketResult, Receipt, ResultCode
from qos.testing.chain import ALICE, BOB
from qos.testing.qcp_deliveries import carry, load, settle, update
from qos.testing.qcp_network import CARRIER, Side, codes_of, connect, connected, events_of, expect_ok, transfer
from qos.testing.qcp_puppet import Puppet, Strung, asset, hub_and_puppet
from qos.testing.transactions import GAS_PRICE

TOKEN = "qsc/TOK"
MODULE_ACCOUNT = module_address("fee_collector")


def receipt(side: Side, peer: str, sequence: int) -> Receipt:
    found = RECEIPTS.get(side.state(), (side.peer(peer).incoming, sequence))
    assert found is not None
    return found


def result_in(packet: Packet) -> PacketResult:
    return codec.decode(PacketResult, packet.payload)


def test_a_failed_payload_is_refunded_once():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, to=MODULE_ACCOUNT)))
    before = hub.balance(ALICE.address)
    expect_ok(carry(hub, shop))
    assert receipt(shop, "qos-1", 1).reason == "bank/3"
    assert result_in(shop.packet("qos-1", 1)).code == ResultCode.RESULT_CODE_FAILED
    expect_ok(carry(shop, hub))
    assert hub.balance(ALICE.address) == before + 500
    assert hub.balance(ESCROW) == 0
    assert codes_of(hub.do(CARRIER, load(shop, hub, 1, 1).message())) == ("qcp", 18)
    assert hub.balance(ALICE.address) == before + 500


def test_a_failed_return_of_a_voucher_is_minted_again_abroad():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    settle(hub, shop)
    voucher = voucher_denom((hub.peer("shop-1").outgoing,), BASE_DENOM)
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 200, denom=voucher, to=MODULE_ACCOUNT)))
    assert bank.supply(shop.state(), voucher) == 300
    settle(hub, shop)
    assert shop.balance(ALICE.address, voucher) == 500
    assert hub.balance(ESCROW) == 500


def test_a_result_tells_whom_it_answers():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    expect_ok(carry(hub, shop))
    answered = receipt(shop, "qos-1", 1)
    assert (answered.code, answered.result) == (0, 1)
    result = expect_ok(carry(shop, hub))
    assert events_of(result, "qcp_result") == [{"from": "shop-1", "request": "1", "code": "0"}]
    assert PENDING.get(hub.state(), (hub.peer("shop-1").outgoing, 1)) is None


def test_results_are_not_answered():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    settle(hub, shop)
    assert (hub.queue("shop-1").outbox, shop.queue("qos-1").outbox) == (1, 1)


def test_a_request_past_its_timeout_is_consumed_as_expired_and_refunded():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * 10**9)))
    before = hub.balance(ALICE.address)
    shop.wait(700)
    hub.wait(700)
    expect_ok(carry(hub, shop))
    assert (receipt(shop, "qos-1", 1).code, receipt(shop, "qos-1", 1).reason) == (2, "qcp/31")
    expect_ok(carry(shop, hub))
    assert hub.balance(ALICE.address) == before + 500


@pytest.mark.parametrize("seconds", [599, 7 * 86_400 + 1])
def test_a_timeout_outside_its_bounds_is_refused(seconds):
    hub, shop = connected()
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, 5, timeout=seconds * 10**9))) == ("qcp", 25)
    assert hub.queue("shop-1").outbox == 0


def test_a_payload_of_an_unknown_type_is_a_failed_result():
    hub, puppet = hub_and_puppet()
    puppet.plant(puppet.request(b"what", payload_type="dance"))
    expect_ok(carry(puppet, hub))
    assert receipt(hub, "shop-1", 1).reason == "qcp/23"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "sdk/18"),
        (b"\xff", "sdk/2"),
        (codec.encode(asset()) + b"\xfa\x01\x00", "sdk/2"),
        (codec.encode(asset(0)), "qcp/24"),
        (codec.encode(asset(-5)), "qcp/24"),
        (codec.encode(asset(denom="qcp/" + "a" * 64)), "qcp/24"),
        (codec.encode(asset(denom="a b")), "qcp/24"),
        (codec.encode(asset(path=(b"short",))), "qcp/24"),
        (codec.encode(asset(path=tuple(bytes((i,)) * 32 for i in range(8)))), "qcp/27"),
        (codec.encode(asset(path=tuple(bytes((i,)) * 32 for i in range(9)))), "sdk/18"),
        (codec.encode(replace(asset(), symbol="<script>")), "qcp/24"),
        (codec.encode(asset(to=ESCROW)), "bank/3"),
        (codec.encode(asset(2**256 - 1)), None),
    ],
)
def test_a_strange_payload_is_consumed_and_credits_nothing_it_should_not(payload, reason):
    hub, puppet = hub_and_puppet()
    before = hub.balance(ALICE.address)
    puppet.plant(puppet.request(payload))
    puppet.plant(puppet.request())
    expect_ok(carry(puppet, hub))
    assert receipt(hub, "shop-1", 1).reason == (reason or "")
    assert hub.balance(ALICE.address) == before
    assert hub.queue("shop-1").inbox == 2


def test_nothing_more_comes_home_than_the_peer_confirmed_to_hold():
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500)))
    home = (hub.peer("shop-1").outgoing,)
    puppet.plant(puppet.request(codec.encode(asset(500, path=home, to=BOB.address))))
    expect_ok(carry(puppet, hub))
    # The request has no result yet, so its escrow is not the peer's to return.
    assert receipt(hub, "shop-1", 1).reason == "qcp/26"
    puppet.plant(puppet.result(hub.packet("shop-1", 1)))
    puppet.plant(puppet.request(codec.encode(asset(501, path=home, to=BOB.address))))
    puppet.plant(puppet.request(codec.encode(asset(500, path=home, to=BOB.address))))
    puppet.plant(puppet.request(codec.encode(asset(1, path=home, to=BOB.address))))
    before = hub.balance(BOB.address)
    expect_ok(carry(puppet, hub))
    assert [receipt(hub, "shop-1", at).reason for at in range(2, 6)] == ["", "qcp/26", "", "qcp/26"]
    assert hub.balance(BOB.address) == before + 500
    assert hub.balance(ESCROW) == 0


def test_a_transaction_with_less_gas_than_the_packet_names_is_refused_and_the_inbox_stands():
    hub, puppet = hub_and_puppet()
    puppet.plant(puppet.request(payload_gas=2_000_000))
    puppet.run_block()
    expect_ok(hub.do(CARRIER, update(puppet, hub)))
    message = load(puppet, hub, 1, 1).message()
    assert codes_of(hub.do(CARRIER, message, gas=2_000_000)) == ("qcp", 21)
    assert hub.queue("shop-1").inbox == 0
    expect_ok(hub.do(CARRIER, message, gas=2_200_000))


def test_a_payload_that_needs_more_gas_than_its_packet_names_fails_alone():
    hub, puppet = hub_and_puppet()
    puppet.plant(puppet.request(payload_gas=5_000))
    expect_ok(carry(puppet, hub))
    assert receipt(hub, "shop-1", 1).reason == "sdk/11"
    assert hub.queue("shop-1").inbox == 1


def test_gas_that_runs_out_after_the_payload_refuses_the_whole_delivery():
    hub, shop = connected()
    for _ in range(3):
        expect_ok(hub.do(ALICE, transfer(ALICE, shop, 5)))
    hub.run_block()
    expect_ok(shop.do(CARRIER, update(hub, shop)))
    message = load(hub, shop, 1, 3).message()
    outcomes = []
    for gas in range(60_000, 300_000, 6_000):
        result = shop.do(CARRIER, message, gas=gas)
        outcomes.append(codes_of(result))
        if result.code == 0:
            break
        assert shop.queue("qos-1").inbox == 0
    assert outcomes[-1] == ("", 0)
    assert set(outcomes[:-1]) <= {("sdk", 11), ("qcp", 21)}


def test_the_named_gas_suffices_for_the_first_arrival_of_an_asset_for_a_new_account():
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 10**23, to=module_address("nobody yet"), memo="m" * 512)))
    expect_ok(carry(hub, shop))
    assert receipt(shop, "qos-1", 1).code == 0
    assert shop.packet("qos-1", 1).ack == 0
    assert hub.packet("shop-1", 1).payload_gas == PAYLOAD_GAS


BROKEN_RESULTS = {
    "for what was never sent": lambda puppet, sent: puppet.result(replace(sent, sequence=7)),
    "for request zero": lambda puppet, sent: puppet.result(replace(sent, sequence=0)),
    "with another payload's hash": lambda puppet, sent: puppet.result(replace(sent, payload=b"other")),
    "with a code that means nothing": lambda puppet, sent: puppet.result(sent, 3),
    "that names two requests": lambda puppet, sent: puppet.result(sent, request_sequence=2),
    "with a timeout": lambda puppet, sent: puppet.result(sent, timeout=5),
    "with gas": lambda puppet, sent: puppet.result(sent, payload_gas=5),
    "of another type": lambda puppet, sent: puppet.result(sent, payload_type="transfer"),
    "with too much data": lambda puppet, sent: puppet.result(sent, data=b"d" * 1025),
    "without payload": lambda puppet, sent: puppet.result(sent, payload=b""),
    "with an ack of what was never sent": lambda puppet, sent: puppet.result(sent, ack=2),
}


@pytest.mark.parametrize("name", BROKEN_RESULTS)
def test_a_wrong_result_freezes_the_queue_and_pays_nothing_twice(name):
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500)))
    before = hub.balance(ALICE.address)
    puppet.plant(BROKEN_RESULTS[name](puppet, hub.packet("shop-1", 1)))
    puppet.plant(puppet.request())
    expect_ok(carry(puppet, hub))
    assert hub.peer("shop-1").frozen_because
    # The packets behind it are not touched.
    assert hub.queue("shop-1").inbox == 1
    assert hub.balance(ALICE.address) == before
    assert hub.balance(ESCROW) == 500
    assert codes_of(hub.do(CARRIER, load(puppet, hub, 2, 2).message())) == ("qcp", 4)
    assert codes_of(hub.do(ALICE, transfer(ALICE, puppet, 5))) == ("qcp", 4)


def test_a_second_result_freezes_the_queue_and_refunds_nothing():
    hub, puppet = hub_and_puppet()
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500)))
    sent = hub.packet("shop-1", 1)
    puppet.plant(puppet.result(sent, 1))
    puppet.plant(puppet.result(sent, 1))
    before = hub.balance(ALICE.address)
    expect_ok(carry(puppet, hub))
    assert hub.balance(ALICE.address) == before + 500
    assert hub.peer("shop-1").frozen_because == "packet 2 is no right result: qcp/33"


def test_a_refund_that_cannot_be_credited_waits_to_be_claimed():
    hub, puppet = Strung(PUBLIC, "qos-1", price=GAS_PRICE, first=1), Puppet()
    connect(hub, puppet)
    hub.meddle(issue_token)
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 40, denom=TOKEN)))
    puppet.plant(puppet.result(hub.packet("shop-1", 1), 1))
    hub.meddle(lambda ctx: bank.set_paused(ctx, TOKEN, paused=True))
    expect_ok(carry(puppet, hub))
    assert hub.balance(ALICE.address, TOKEN) == 60
    assert CLAIMS.get(hub.state(), (ALICE.address, 0, TOKEN)) == 40
    claim = MsgClaim(owner=ALICE.address, denom=TOKEN)
    assert codes_of(hub.do(ALICE, claim)) == ("bank", 2)
    hub.meddle(lambda ctx: bank.set_paused(ctx, TOKEN, paused=False))
    assert codes_of(hub.do(BOB, replace(claim, owner=BOB.address))) == ("qcp", 28)
    expect_ok(hub.do(ALICE, claim))
    assert hub.balance(ALICE.address, TOKEN) == 100
    assert codes_of(hub.do(ALICE, claim)) == ("qcp", 28)


def issue_token(ctx: Context) -> None:
    bank.create_asset(ctx, Metadata(base=TOKEN, symbol="TOK"), BOB.address)
    bank.mint(ctx, ALICE.address, Coin(denom=TOKEN, amount=100))
