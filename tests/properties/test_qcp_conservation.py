"""Random transfers and a relay that delays, repeats, reorders and cuts: nothing is lost, doubled or stuck."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM, module_address
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import OUTSTANDING, PENDING, RECEIPTS, VOUCHERS
from qos.testing.chain import ALICE, AUTHORITY, BOB, FUNDS, PEOPLE
from qos.testing.qcp_network import (
    CARRIER,
    Side,
    business_chain,
    connect,
    expect_ok,
    load,
    public_chain,
    settle,
    transfer,
    update,
    waiting,
)
from qos.testing.transactions import Key

NOWHERE = module_address("fee_collector")
"""A recipient that takes nothing, so that the request fails."""

SENDS = st.tuples(
    st.just("send"),
    st.integers(0, 3),
    st.sampled_from((ALICE, BOB)),
    st.integers(1, 40),
    st.integers(0, 3),
    st.booleans(),
)
CARRIES = st.tuples(st.just("carry"), st.integers(0, 3), st.integers(-2, 2), st.integers(1, 4))
WAITS = st.tuples(st.just("wait"), st.sampled_from((60, 700)))


@dataclass(frozen=True, slots=True)
class Net:
    hub: Side
    spokes: tuple[Side, ...]

    @property
    def routes(self) -> tuple[tuple[Side, Side], ...]:
        return tuple(pair for spoke in self.spokes for pair in ((self.hub, spoke), (spoke, self.hub)))


def network() -> Net:
    hub, shop, mall = public_chain(), business_chain(), business_chain("mall-1", first=21)
    connect(hub, shop)
    connect(hub, mall)
    return Net(hub, (shop, mall))


def send(net: Net, route: int, giver: Key, amount: int, which: int, fails: bool) -> None:
    source, destination = net.routes[route]
    held = [BASE_DENOM, *sorted(denom for denom, _ in VOUCHERS.items(source.state()))]
    message = transfer(
        giver, destination, amount, denom=held[which % len(held)], to=NOWHERE if fails else None, timeout=600 * 10**9
    )
    source.do(giver, message)


def deliver(net: Net, route: int, shift: int, count: int) -> None:
    """Deliver from the next sequence on, or from one that is too late or too early: those must be refused."""
    source, destination = net.routes[route]
    outbox, inbox = source.queue(destination.chain_id).outbox, destination.queue(source.chain_id).inbox
    first = max(inbox + 1 + shift, 1)
    last = min(first + count - 1, outbox)
    if last < first:
        return
    source.run_block()
    batch = load(source, destination, first, last)
    result = destination.do(CARRIER, update(source, destination), batch.message())
    assert (result.code == 0) == (first == inbox + 1), result.log
    assert destination.queue(source.chain_id).inbox == (last if first == inbox + 1 else inbox)


def check(net: Net) -> None:
    """Supplies at home never change, and abroad there is never more than home set aside for it."""
    for side in (net.hub, *net.spokes):
        assert bank.supply(side.state(), BASE_DENOM) == FUNDS * len((*PEOPLE, AUTHORITY))
        for denom, voucher in VOUCHERS.items(side.state()):
            issuer = next(each for each, there in net.routes if is_hop(each, there, side, voucher.path[-1]))
            home = voucher.base_denom if len(voucher.path) == 1 else parent(issuer, voucher.path, voucher.base_denom)
            assert bank.supply(side.state(), denom) <= issuer.balance(ESCROW, home)


def is_hop(source: Side, destination: Side, side: Side, hop: bytes) -> bool:
    return destination is side and source.peer(destination.chain_id).outgoing == hop


def parent(side: Side, path: tuple[bytes, ...], base: str) -> str:
    found = [denom for denom, each in VOUCHERS.items(side.state()) if (each.path, each.base_denom) == (path[:-1], base)]
    return found[0]


def check_settled(net: Net) -> None:
    for source, destination in net.routes:
        assert waiting(source, destination) == 0
        assert not source.peer(destination.chain_id).frozen_because
        assert not list(PENDING.items(source.state()))
        outgoing = source.peer(destination.chain_id).outgoing
        abroad = {
            (voucher.path[:-1], voucher.base_denom): bank.supply(destination.state(), denom)
            for denom, voucher in VOUCHERS.items(destination.state())
            if voucher.path[-1] == outgoing
        }
        out = {denom: amount for (queue, denom), amount in OUTSTANDING.items(source.state()) if queue == outgoing}
        assert sorted(out.values()) == sorted(amount for amount in abroad.values() if amount)
        incoming = destination.peer(source.chain_id).incoming
        received = [receipt for (queue, _), receipt in RECEIPTS.items(destination.state()) if queue == incoming]
        results = [receipt.result for receipt in received if receipt.result]
        assert len(received) == source.queue(destination.chain_id).outbox
        assert len(set(results)) == len(results)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(SENDS, SENDS, CARRIES, CARRIES, WAITS), min_size=5, max_size=25))
def test_value_is_conserved_under_any_relay(steps):
    net = network()
    for kind, *arguments in steps:
        if kind == "send":
            send(net, *arguments)
        elif kind == "carry":
            deliver(net, *arguments)
        else:
            for side in (net.hub, *net.spokes):
                side.wait(arguments[0])
        check(net)
    settle(net.hub, *net.spokes)
    check(net)
    check_settled(net)
    expect_ok(net.hub.do(ALICE, transfer(ALICE, net.spokes[0], 1)))
