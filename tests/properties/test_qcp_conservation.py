"""Random transfers and a relay that delays, repeats, reorders and cuts: nothing is lost, doubled or stuck."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM, module_address
from qos.chains.business import BUSINESS
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.escrow import ESCROW
from qos.modules.crosschain.qcp.state import OUTSTANDING, PEERS, PENDING, PRUNED, RECEIPTS, RELEASES, RETIRED, VOUCHERS
from qos.proto.records.qos_qcp_v1 import (
    MsgDeclareGone,
    MsgFreeze,
    MsgProveInbox,
    MsgRefundExpired,
    MsgRetireQueue,
)
from qos.testing.chain import ALICE, AUTHORITY, BOB, FUNDS, PEOPLE
from qos.testing.qcp_deliveries import inbox_proof, load, refund, revive, settle, update, waiting
from qos.testing.qcp_network import CARRIER, HOME_SUPPLY, Side, connect, expect_ok, public_chain, transfer
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
REFUNDS = st.tuples(st.just("refund"), st.integers(0, 3), st.integers(1, 6))
PAUSES = st.tuples(st.just("pause"), st.integers(0, 3))
FREEZES = st.tuples(st.just("freeze"), st.integers(0, 3))
RECOVERIES = st.tuples(st.just("recover"), st.integers(0, 3))
RETIREMENTS = st.tuples(st.just("retire"), st.integers(0, 3))
UNIT = 200_000
TIGHT = {"share_e18": "1", "voucher_floor": str(30 * UNIT)}
"""Limits so low that much of what arrives is held back: some 25 units of the coin a day, 30 of a voucher."""
STEPS = st.lists(st.one_of(SENDS, SENDS, CARRIES, CARRIES, WAITS), min_size=5, max_size=25)
TROUBLE = st.lists(
    st.one_of(SENDS, SENDS, CARRIES, CARRIES, REFUNDS, WAITS, PAUSES, FREEZES, RECOVERIES, RETIREMENTS),
    min_size=5,
    max_size=30,
)


@dataclass(frozen=True, slots=True)
class Net:
    hub: Side
    spokes: tuple[Side, ...]

    @property
    def routes(self) -> tuple[tuple[Side, Side], ...]:
        return tuple(pair for spoke in self.spokes for pair in ((self.hub, spoke), (spoke, self.hub)))

    @property
    def alive(self) -> tuple[tuple[Side, Side], ...]:
        """The routes whose queues were not ended."""
        return tuple(pair for pair in self.routes if PEERS.has(pair[0].state(), pair[1].chain_id))


def network(limits: dict[str, str] | None = None) -> Net:
    hub = public_chain(limits)
    shop, mall = (
        Side(BUSINESS, name, price=0, first=at, limits=limits) for name, at in (("shop-1", 11), ("mall-1", 21))
    )
    for spoke in (shop, mall):
        connect(hub, spoke, pausers=(BOB,))
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
        whole = HOME_SUPPLY if side is net.hub else FUNDS * len((*PEOPLE, AUTHORITY))
        assert bank.supply(side.state(), BASE_DENOM) == whole
        for denom, voucher in VOUCHERS.items(side.state()):
            issuer = next(
                each for each, there in net.routes if there is side and voucher.path[-1] in outgoing(each, there)
            )
            home = voucher.base_denom if len(voucher.path) == 1 else parent(issuer, voucher.path, voucher.base_denom)
            held_back = sum(each.coin.amount for _, each in RELEASES.items(side.state()) if each.coin.denom == denom)
            assert bank.supply(side.state(), denom) + held_back <= issuer.balance(ESCROW, home)


def outgoing(source: Side, destination: Side) -> set[bytes]:
    """Return the queues there ever were from one chain to another."""
    ended = [each.peer for _, each in RETIRED.items(source.state())]
    peers = [*ended, *[peer for _, peer in PEERS.items(source.state())]]
    return {each.outgoing for each in peers if each.chain_id == destination.chain_id}


def parent(side: Side, path: tuple[bytes, ...], base: str) -> str:
    found = [denom for denom, each in VOUCHERS.items(side.state()) if (each.path, each.base_denom) == (path[:-1], base)]
    return found[0]


def check_settled(net: Net) -> None:
    for source, destination in net.alive:
        assert waiting(source, destination) == 0
        assert not source.peer(destination.chain_id).frozen_because
        queue = source.peer(destination.chain_id).outgoing
        assert not list(PENDING.items(source.state(), queue))
        abroad = {
            (voucher.path[:-1], voucher.base_denom): bank.supply(destination.state(), denom)
            for denom, voucher in VOUCHERS.items(destination.state())
            if voucher.path[-1] == queue
        }
        out = {denom: amount for (_, denom), amount in OUTSTANDING.items(source.state(), queue)}
        assert sorted(out.values()) == sorted(amount for amount in abroad.values() if amount)
        incoming = destination.peer(source.chain_id).incoming
        received = [receipt for _, receipt in RECEIPTS.items(destination.state(), incoming)]
        results = [receipt.result for receipt in received if receipt.result]
        forgotten = PRUNED.get(destination.state(), incoming) or 0
        assert forgotten + len(received) == source.queue(destination.chain_id).outbox
        assert len(set(results)) == len(results)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
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


def trouble(net: Net, kind: str, route: tuple[Side, Side], argument: int) -> None:
    """Let something go wrong on a route, both chains alike; what cannot be is refused and changes nothing."""
    source, destination = route
    pair = (route, route[::-1])
    frozen = bool(source.peer(destination.chain_id).frozen_because)
    if kind == "refund" and not frozen:
        destination.run_block()
        source.do(CARRIER, update(destination, source), refund_if_there(source, destination, argument))
    elif kind == "pause":
        destination.do(BOB, MsgFreeze(submitter=BOB.address, chain_id=source.chain_id))
    elif kind == "freeze" and not frozen:
        for here, there in pair:
            there.run_block()
            proof = MsgProveInbox(submitter=CARRIER.address, chain_id=there.chain_id, proof=inbox_proof(here, there))
            expect_ok(here.do(CARRIER, update(there, here), proof))
        for here, there in pair:
            expect_ok(here.do(AUTHORITY, MsgDeclareGone(authority=AUTHORITY.address, chain_id=there.chain_id)))
    elif kind == "recover":
        revive(source, destination)
        revive(destination, source)
    elif kind == "retire" and frozen:
        for side in (net.hub, *net.spokes):
            side.wait(30 * 86_400)
        for here, there in pair:
            expect_ok(here.do(AUTHORITY, MsgRetireQueue(authority=AUTHORITY.address, chain_id=there.chain_id)))
        for here, there in net.alive:
            revive(here, there)


def refund_if_there(source: Side, destination: Side, sequence: int) -> MsgRefundExpired:
    return refund(source, destination, max(min(sequence, source.queue(destination.chain_id).outbox), 1))


def carry_in_trouble(net: Net, route: int, shift: int, count: int) -> None:
    """Deliver like `deliver`; a stopped queue takes nothing."""
    source, destination = net.routes[route]
    found = destination.peer(source.chain_id)
    stopped = found.frozen_because or (found.paused_until or 0) > destination.next_block().time_ns
    if not stopped:
        deliver(net, route, shift, count)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TROUBLE)
def test_value_is_conserved_through_refunds_pauses_freezes_retirements_and_held_back_releases(steps):
    net = network(TIGHT)
    for kind, *arguments in steps:
        if kind == "wait":
            for side in (net.hub, *net.spokes):
                side.wait(arguments[0])
        elif net.routes[arguments[0]] not in net.alive:
            continue
        elif kind == "send":
            route, giver, amount, which, fails = arguments
            send(net, route, giver, amount * UNIT, which, fails)
        elif kind == "carry":
            carry_in_trouble(net, *arguments)
        else:
            trouble(net, kind, net.routes[arguments[0]], arguments[-1])
        check(net)
    for here, there in net.alive:
        revive(here, there)
    alive = {spoke.chain_id: spoke for _, spoke in net.alive if spoke is not net.hub}
    settle(net.hub, *alive.values())
    check(net)
    for side in (net.hub, *net.spokes):
        side.wait(2 * 86_400)
        side.run_block()
        assert not list(RELEASES.items(side.state()))
    check(net)
    check_settled(net)
