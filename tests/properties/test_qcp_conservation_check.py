"""Random traffic and any relay: answers of any two comparable moments never show a gap, and a forged unit does."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM, module_address
from qos.chains.business import BUSINESS
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.conservation import compare
from qos.modules.crosschain.qcp.state import VOUCHERS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import QueryLedgerRequest, QueryLedgerResponse
from qos.testing.chain import ALICE
from qos.testing.qcp_deliveries import carry, settle, waiting
from qos.testing.qcp_network import Side, connect, connected, expect_ok, public_chain, transfer
from qos.testing.qcp_puppet import Strung

NOWHERE = module_address("fee_collector")
STEPS = st.one_of(
    st.tuples(st.just("send"), st.booleans(), st.integers(1, 40), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("carry"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from((60, 700))),
)


def ledger(side: Side, peer: str) -> QueryLedgerResponse:
    return side.query("/qos.qcp.v1.Query/Ledger", QueryLedgerRequest(chain_id=peer), QueryLedgerResponse)


def send(source: Side, destination: Side, amount: int, which: int, fails: bool) -> None:
    held = [BASE_DENOM, *sorted(denom for denom, _ in VOUCHERS.items(source.state()))]
    to = NOWHERE if fails else None
    source.do(ALICE, transfer(ALICE, destination, amount, denom=held[which % len(held)], to=to, timeout=600 * 10**9))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=3, max_size=14))
def test_no_two_comparable_answers_show_a_gap(steps):
    hub, shop = connected()
    answers: tuple[list[QueryLedgerResponse], list[QueryLedgerResponse]] = ([], [])
    for step in steps:
        match step:
            case ("send", outwards, amount, which, fails):
                send(*((hub, shop) if outwards else (shop, hub)), amount, which, fails)
            case ("carry", outwards):
                source, destination = (hub, shop) if outwards else (shop, hub)
                if waiting(source, destination):
                    expect_ok(carry(source, destination))
            case ("wait", seconds):
                hub.wait(seconds)
                shop.wait(seconds)
        answers[0].append(ledger(hub, "shop-1"))
        answers[1].append(ledger(shop, "qos-1"))
    compared = [compare(one, other) for one in answers[0] for other in answers[1]]
    assert compared[-1].incomparable == ""
    assert all(not each.gaps for each in compared)
    settle(hub, shop)
    final = compare(ledger(hub, "shop-1"), ledger(shop, "qos-1"))
    assert all(line.set_aside == line.circulating for line in final.lines)


def test_a_unit_minted_out_of_nothing_is_a_gap():
    hub, shop = public_chain(), Strung(BUSINESS, "shop-1", price=0, first=11)
    connect(hub, shop)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    settle(hub, shop)
    voucher = ledger(hub, "shop-1").assets[0].voucher

    def forge(ctx: Context) -> None:
        bank.mint(ctx, ALICE.address, Coin(denom=voucher, amount=1))

    shop.meddle(forge)
    found = compare(ledger(hub, "shop-1"), ledger(shop, "qos-1"))
    assert [(line.denom, line.gap) for line in found.gaps] == [(BASE_DENOM, 1)]
