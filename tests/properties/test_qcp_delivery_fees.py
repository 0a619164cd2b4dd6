"""Random requests that succeed, fail or expire: fees paid = work + refunds, and what waits stands in escrow ([Q15])."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM, module_address
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.modules.crosschain.qcp.delivery_fees import DEPOSIT_ACCOUNT
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.outstanding import listed
from qos.modules.crosschain.qcp.state import PENDING, RECEIPTS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgDeposit, MsgSendData, ResultCode
from qos.testing.chain import ALICE, CAROL, FUNDS
from qos.testing.qcp_deliveries import carry, settle, waiting
from qos.testing.qcp_network import CARRIER, Side, connect, expect_ok, transfer

QUOTE = 9_999
DEPOSIT = 5 * QUOTE // 2
NOWHERE = module_address("fee_collector")
STEPS = st.one_of(
    st.tuples(st.just("send"), st.booleans(), st.integers(1, 9), st.booleans()),
    st.tuples(st.just("data"), st.booleans()),
    st.tuples(st.just("carry"), st.booleans()),
    st.tuples(st.just("wait")),
)


def step(hub: Side, shop: Side, chosen: tuple[object, ...]) -> None:
    match chosen:
        case ("send", bool(outwards), int(amount), bool(fails)):
            source, there = (hub, shop) if outwards else (shop, hub)
            to = NOWHERE if fails else None
            expect_ok(source.do(ALICE, transfer(ALICE, there, amount, to=to, timeout=600 * 10**9)))
        case ("data", bool(outwards)):
            source, there = (hub, shop) if outwards else (shop, hub)
            message = MsgSendData(
                sender=ALICE.address, destination=there.chain_id, application="nobody", payload_gas=50_000
            )
            expect_ok(source.do(ALICE, message))
        case ("carry", bool(outwards)):
            source, there = (hub, shop) if outwards else (shop, hub)
            if waiting(source, there):
                expect_ok(carry(source, there))
        case _:
            hub.wait(700)
            shop.wait(700)


def in_time(side: Side) -> int:
    return sum(
        receipt.result > 0 and receipt.code != ResultCode.RESULT_CODE_EXPIRED
        for _, receipt in RECEIPTS.items(side.state())
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=3, max_size=14))
def test_fees_paid_are_work_done_refunds_and_what_waits(steps):
    hub = Side(PUBLIC, "qos-1", price=0, quote=QUOTE)
    shop = Side(BUSINESS, "shop-1", price=0, first=11)
    connect(hub, shop)
    deposit = MsgDeposit(owner=CAROL.address, chain_id="shop-1", amount=Coin(denom=BASE_DENOM, amount=DEPOSIT))
    expect_ok(hub.do(CAROL, deposit))
    for chosen in steps:
        step(hub, shop, chosen)
        held = [pending.delivery_fee.amount for _, pending in PENDING.items(hub.state()) if pending.delivery_fee]
        coins = [pending.coin.amount for _, pending in PENDING.items(hub.state()) if pending.coin]
        out = sum(coin.amount for coin in listed(hub.state(), hub.peer("shop-1")))
        spent = FUNDS - hub.balance(ALICE.address)
        earned = hub.balance(CARRIER.address) - FUNDS
        drawn = DEPOSIT - hub.balance(DEPOSIT_ACCOUNT)
        assert spent == sum(held) + sum(coins) + out + earned - drawn
        assert drawn == min(DEPOSIT, QUOTE * in_time(hub))
    settle(hub, shop)
    out = sum(coin.amount for coin in listed(hub.state(), hub.peer("shop-1")))
    assert hub.balance(ESCROW) == out
    assert (hub.balance(CARRIER.address) > FUNDS) == bool(in_time(hub) or in_time(shop))
