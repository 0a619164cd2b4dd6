"""[Q15] Who delivers a request is paid by its sender when the result proves it, or from the chain's deposit at once."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from qos.base.errors import InvariantBroken, RuleViolation
from qos.base.identifiers import BASE_DENOM, Address, module_address
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp import delivery_fees
from qos.modules.crosschain.qcp.delivery_fees import DEPOSIT_ACCOUNT
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import CLAIMS, OUTBOX_SEQUENCE
from qos.proto.records.cosmos_bank_v1beta1 import Metadata
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import (
    MsgDeposit,
    MsgWithdrawDeposit,
    Pending,
    QueryDeliveryFeeRequest,
    QueryDeliveryFeeResponse,
    QueryDepositsRequest,
    QueryDepositsResponse,
)
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, genesis_document
from qos.testing.qcp_deliveries import carry, refund, settle, update
from qos.testing.qcp_network import CARRIER, Side, codes_of, connect, connected, expect_ok, transfer
from qos.testing.qcp_puppet import Puppet
from qos.testing.transactions import Key

QUOTE = 10_000
NOWHERE = module_address("fee_collector")
OPERATOR = CAROL


@pytest.fixture
def paid() -> tuple[Side, Side]:
    """A public chain without gas fees where deliveries are paid, and a business chain where they are not."""
    hub = Side(PUBLIC, "qos-1", price=0, quote=QUOTE)
    shop = Side(BUSINESS, "shop-1", price=0, first=11)
    connect(hub, shop)
    return hub, shop


def coin(amount: int, denom: str = BASE_DENOM) -> Coin:
    return Coin(denom=denom, amount=amount)


def spent(side: Side, key: Key) -> int:
    return FUNDS - side.balance(key.address)


def earned(side: Side) -> int:
    return side.balance(CARRIER.address) - FUNDS


def deposits(hub: Side) -> dict[Address, int]:
    answer = hub.query("/qos.qcp.v1.Query/Deposits", QueryDepositsRequest(chain_id="shop-1"), QueryDepositsResponse)
    return {each.owner: each.amount.amount for each in answer.deposits}


def test_a_fee_waits_in_escrow_until_the_result_names_who_delivered(paid):
    hub, shop = paid
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    assert (spent(hub, ALICE), hub.balance(ESCROW)) == (500 + QUOTE, 500 + QUOTE)
    expect_ok(carry(hub, shop))
    assert earned(hub) == 0
    expect_ok(carry(shop, hub))
    assert (earned(hub), hub.balance(ESCROW)) == (QUOTE, 500)


def test_a_failed_request_was_delivered_all_the_same(paid):
    hub, shop = paid
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, to=NOWHERE)))
    settle(hub, shop)
    assert (spent(hub, ALICE), earned(hub), hub.balance(ESCROW)) == (QUOTE, QUOTE, 0)


def test_who_delivers_too_late_is_not_paid(paid):
    hub, shop = paid
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * 10**9)))
    for side in paid:
        side.wait(700)
    settle(hub, shop)
    assert (spent(hub, ALICE), earned(hub), hub.balance(ESCROW)) == (0, 0, 0)


def test_a_refund_without_relays_returns_the_fee_too(paid):
    hub, shop = paid
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, timeout=600 * 10**9)))
    for side in paid:
        side.wait(700)
    shop.run_block()
    expect_ok(hub.do(CARRIER, update(shop, hub)))
    expect_ok(hub.do(CARRIER, refund(hub, shop, 1)))
    assert (spent(hub, ALICE), hub.balance(ESCROW)) == (0, 0)
    settle(hub, shop)
    assert (spent(hub, ALICE), earned(hub), hub.balance(ESCROW)) == (0, 0, 0)


@pytest.mark.parametrize("deliverer", [Address(b""), NOWHERE, ESCROW])
def test_a_fee_nobody_can_be_paid_goes_back_to_its_payer(deliverer):
    hub, puppet = Side(PUBLIC, "qos-1", price=0, quote=QUOTE), Puppet()
    connect(hub, puppet)
    expect_ok(hub.do(ALICE, transfer(ALICE, puppet, 500)))
    request = hub.packet("shop-1", 1)
    puppet.plant(puppet.result(request, deliverer=deliverer))
    expect_ok(carry(puppet, hub))
    assert (spent(hub, ALICE), hub.balance(ESCROW)) == (500, 500)
    assert not hub.peer("shop-1").frozen_because


def test_a_fee_that_nobody_can_be_given_now_waits_to_be_claimed():
    hub = Side(PUBLIC, "qos-1", price=0)
    ctx, fee = hub.scratch(), coin(7, "qsc/TOK")
    _issue(ctx)
    bank.move(ctx, ALICE.address, ESCROW, fee)
    bank.set_paused(ctx, "qsc/TOK", paused=True)
    pending = Pending(payload_hash=b"h" * 32, refund_address=ALICE.address, delivery_fee=fee)
    delivery_fees.pay(ctx, pending, CARRIER.address)
    assert CLAIMS.get(ctx, (ALICE.address, 0, "qsc/TOK")) == 7
    assert bank.balance(ctx, ESCROW, "qsc/TOK") == 7


def _issue(ctx: Context) -> None:
    bank.create_asset(ctx, Metadata(base="qsc/TOK", display="qsc/TOK", symbol="TOK", name="TOK"), BOB.address)
    bank.mint(ctx, ALICE.address, coin(7, "qsc/TOK"))


@pytest.mark.parametrize(("waiting", "quote", "fee"), [(0, 10_000, 10_000), (1, 9_999, 9_999), (1, 10_000, 10_001)])
def test_a_fee_rises_with_what_waits_rounded_down(waiting, quote, fee):
    hub, shop = Side(PUBLIC, "qos-1", price=0, quote=quote), Side(BUSINESS, "shop-1", price=0, first=11)
    connect(hub, shop)
    for _ in range(waiting):
        expect_ok(hub.do(BOB, transfer(BOB, shop, 1)))
    asked = QueryDeliveryFeeRequest(chain_id="shop-1")
    answer = hub.query("/qos.qcp.v1.Query/DeliveryFee", asked, QueryDeliveryFeeResponse)
    assert (answer.fee, answer.undelivered) == (coin(fee), waiting)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    assert spent(hub, ALICE) == 500 + fee


def test_a_full_queue_costs_four_times_the_quote(paid):
    hub, _ = paid
    scratch = hub.scratch()
    OUTBOX_SEQUENCE.set(scratch, hub.peer("shop-1").outgoing, 30_000)
    assert delivery_fees.due(scratch, hub.peer("shop-1")) == coin(4 * QUOTE)


def test_who_cannot_pay_the_delivery_sends_nothing(paid):
    hub, shop = paid
    assert codes_of(hub.do(ALICE, transfer(ALICE, shop, FUNDS - QUOTE + 1))) == ("sdk", 5)
    assert (hub.queue("shop-1").outbox, spent(hub, ALICE)) == (0, 0)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, FUNDS - QUOTE)))


def test_where_deliveries_are_not_paid_nothing_is_taken():
    hub, shop = connected()
    asked = QueryDeliveryFeeRequest(chain_id="shop-1")
    assert hub.query("/qos.qcp.v1.Query/DeliveryFee", asked, QueryDeliveryFeeResponse).fee is None
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500)))
    assert spent(shop, ALICE) == 500
    message = MsgDeposit(owner=OPERATOR.address, chain_id="shop-1", amount=coin(5))
    assert codes_of(hub.do(OPERATOR, message)) == ("qcp", 67)


def put_down(hub: Side, amount: int, owner: Key = OPERATOR) -> None:
    expect_ok(hub.do(owner, MsgDeposit(owner=owner.address, chain_id="shop-1", amount=coin(amount))))


def test_a_business_chain_draws_on_its_deposit_for_each_request_delivered(paid):
    hub, shop = paid
    put_down(hub, 5 * QUOTE)
    for _ in range(2):
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500)))
    expect_ok(carry(shop, hub))
    assert (earned(hub), deposits(hub)) == (2 * QUOTE, {OPERATOR.address: 3 * QUOTE})
    settle(hub, shop)
    assert earned(hub) == 2 * QUOTE


def test_results_and_late_requests_draw_nothing(paid):
    hub, shop = paid
    put_down(hub, 5 * QUOTE)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500, to=NOWHERE)))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500, timeout=600 * 10**9)))
    for side in paid:
        side.wait(700)
    settle(hub, shop)
    assert deposits(hub) == {OPERATOR.address: 5 * QUOTE}


def test_an_empty_deposit_stops_no_delivery(paid):
    hub, shop = paid
    put_down(hub, QUOTE + 5)
    for expected in (QUOTE, QUOTE + 5, QUOTE + 5):
        expect_ok(shop.do(ALICE, transfer(ALICE, hub, 500)))
        expect_ok(carry(shop, hub))
        assert earned(hub) == expected
    assert (deposits(hub), hub.balance(DEPOSIT_ACCOUNT)) == ({}, 0)


def test_what_is_left_of_a_deposit_goes_back_to_its_owner_alone(paid):
    hub, _ = paid
    put_down(hub, 5 * QUOTE)
    put_down(hub, QUOTE, BOB)
    assert codes_of(hub.do(BOB, withdrawal(BOB, QUOTE + 1))) == ("qcp", 68)
    assert codes_of(hub.do(ALICE, withdrawal(ALICE, 1))) == ("qcp", 68)
    assert codes_of(hub.do(BOB, withdrawal(BOB, 0))) == ("sdk", 10)
    expect_ok(hub.do(BOB, withdrawal(BOB, QUOTE)))
    expect_ok(hub.do(OPERATOR, withdrawal(OPERATOR, QUOTE)))
    assert (spent(hub, BOB), deposits(hub)) == (0, {OPERATOR.address: 4 * QUOTE})


def withdrawal(owner: Key, amount: int) -> MsgWithdrawDeposit:
    return MsgWithdrawDeposit(owner=owner.address, chain_id="shop-1", amount=coin(amount))


@pytest.mark.parametrize(
    ("chain_id", "amount", "code"),
    [
        ("mall-1", coin(5), ("qcp", 1)),
        ("shop-1", coin(5, "qsc/TOK"), ("qcp", 67)),
        ("shop-1", coin(0), ("sdk", 10)),
        ("shop-1", coin(FUNDS + 1), ("sdk", 5)),
    ],
)
def test_a_deposit_that_pays_no_delivery_is_refused(paid, chain_id, amount, code):
    hub, _ = paid
    message = MsgDeposit(owner=OPERATOR.address, chain_id=chain_id, amount=amount)
    assert codes_of(hub.do(OPERATOR, message)) == code


@pytest.fixture
def exported(paid) -> dict[str, Any]:
    hub, shop = paid
    put_down(hub, QUOTE)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    state: dict[str, Any] = json.loads(json.dumps(hub.machine.export_genesis()))
    return state


def start(state: dict[str, Any]) -> VirtualChain:
    return VirtualChain(genesis_document() | {"app_state": state})


def test_fees_in_escrow_and_deposits_survive_an_export(exported):
    again = start(exported)
    assert again.balance(DEPOSIT_ACCOUNT) == QUOTE
    assert json.loads(json.dumps(again.machine.export_genesis()))["qcp"] == exported["qcp"]


Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, Change] = {
    "a quote of nothing": lambda qcp: qcp["params"]["delivery_quote"].update(amount="0"),
    "a quote in no asset": lambda qcp: qcp["params"]["delivery_quote"].update(denom="a b"),
    "a deposit of nothing": lambda qcp: qcp["deposits"][0]["amount"].update(amount="0"),
}
BROKEN: dict[str, Change] = {
    "a deposit above what is held": lambda qcp: qcp["deposits"][0]["amount"].update(amount=str(QUOTE + 1)),
    "a fee above what is held": lambda qcp: qcp["peers"][0]["outbox"][0]["pending"]["delivery_fee"].update(amount="7"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_genesis_with_impossible_fees_is_refused(exported, name):
    REFUSED[name](exported["qcp"])
    with pytest.raises(RuleViolation):
        start(exported)


@pytest.mark.parametrize("name", BROKEN)
def test_a_genesis_with_fees_nobody_holds_breaks_an_invariant(exported, name):
    BROKEN[name](exported["qcp"])
    with pytest.raises(InvariantBroken):
        start(exported)
