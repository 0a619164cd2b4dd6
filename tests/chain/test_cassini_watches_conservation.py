"""A watcher sees the moment more circulates than is set aside, and pauses both queues within two blocks (R6)."""

from qos.base.identifiers import BASE_DENOM
from qos.cassini.conservation import compared
from qos.cassini.submitter import Submitter
from qos.cassini.watcher import Sight, Watched, Watcher
from qos.chains.business import BUSINESS
from qos.client.transactions import PrivateKey
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.crosschain.qcp.conservation import Line
from qos.modules.crosschain.qcp.state import INBOX_SEQUENCE, OUTSTANDING, RECEIPTS, VOUCHERS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer, Receipt
from qos.testing.chain import ALICE, BOB, DAVE
from qos.testing.relay_faults import Strings
from qos.testing.relay_world import QOS, SHOP, RelayWorld, run_now


def watcher(world: RelayWorld) -> Watcher:
    account = PrivateKey(DAVE.private)
    one, other = (
        Watched(chain_id=name, node=world.nodes[name], pauser=Submitter(name, account)) for name in (QOS, SHOP)
    )
    return Watcher(one, other)


def send_some(world: RelayWorld, source: str, destination: str, denom: str, amount: int = 7) -> None:
    coin = Coin(denom=denom, amount=amount)
    message = MsgSendTransfer(sender=ALICE.address, destination=destination, recipient=ALICE.address, amount=coin)
    sent = world.queue(source, destination).outbox
    world.send(source, ALICE, message)
    world.until(lambda: world.queue(source, destination).outbox == sent + 1)


def lines_of(world: RelayWorld) -> tuple[Line, ...]:
    comparison = run_now(compared((QOS, world.nodes[QOS]), (SHOP, world.nodes[SHOP])))
    assert not comparison.incomparable
    return comparison.lines


def voucher(world: RelayWorld) -> str:
    return next(denom for denom, _ in VOUCHERS.items(world.state(SHOP)))


def test_at_every_moment_of_a_way_there_and_back_nothing_is_missing() -> None:
    world = RelayWorld()
    seen: list[tuple[int, int]] = []

    def watch() -> bool:
        for each in lines_of(world):
            assert each.gap == 0
            seen.append((each.set_aside, each.circulating))
        return world.settled()

    send_some(world, QOS, SHOP, BASE_DENOM, 9)
    world.until(watch, seconds=30)
    send_some(world, SHOP, QOS, voucher(world), 4)
    world.until(watch, seconds=30)
    assert set(seen) == {(9, 0), (9, 9), (9, 5), (5, 5)}


def forged(world: RelayWorld, strings: Strings, amount: int) -> None:
    """Have the shop mint vouchers nobody sent."""
    denom = voucher(world)

    def mint(ctx: Context) -> None:
        bank.mint(ctx, BOB.address, Coin(denom=denom, amount=amount))

    strings.pull(mint)


def test_forged_vouchers_pause_both_queues_within_two_blocks() -> None:
    strings = Strings()
    world = RelayWorld(spoke=strings.on(BUSINESS), pausers=(DAVE,))
    watching = watcher(world)
    send_some(world, QOS, SHOP, BASE_DENOM, 9)
    world.until(world.settled, seconds=30)
    assert run_now(watching.look(world.now_ns)).comparison.gaps == ()
    forged(world, strings, 5)
    gap = Line(home=QOS, abroad=SHOP, denom=BASE_DENOM, voucher=voucher(world), set_aside=9, circulating=14)
    found: list[Sight] = []
    begun: list[tuple[int, int]] = []

    def look() -> bool:
        sight = run_now(watching.look(world.now_ns))
        if sight.comparison.gaps and not begun:
            begun.append((world.nodes[QOS].height, world.nodes[SHOP].height))
            assert sight.comparison.gaps == (gap,)
        found.append(sight)
        return all(world.peer(*pair).paused_until is not None for pair in ((QOS, SHOP), (SHOP, QOS)))

    world.until(look, seconds=10)
    assert world.nodes[QOS].height - begun[0][0] <= 2
    assert world.nodes[SHOP].height - begun[0][1] <= 2
    asked = [pause for sight in found for pause in sight.pauses]
    assert sorted((pause.chain_id, pause.peer, pause.refused) for pause in asked) == [(QOS, SHOP, ""), (SHOP, QOS, "")]


def test_the_thief_gets_nothing_home_while_the_queue_is_paused() -> None:
    strings = Strings()
    world = RelayWorld(spoke=strings.on(BUSINESS), pausers=(DAVE,))
    watching = watcher(world)
    send_some(world, QOS, SHOP, BASE_DENOM, 9)
    world.until(world.settled, seconds=30)
    forged(world, strings, 5)
    world.until(lambda: bool(run_now(watching.look(world.now_ns)).comparison.gaps))
    world.until(lambda: world.peer(QOS, SHOP).paused_until is not None)
    before = world.queue(QOS, SHOP).inbox
    send_some(world, SHOP, QOS, voucher(world), 9)
    world.step(100)
    assert world.queue(QOS, SHOP).inbox == before


def test_assets_of_the_business_chain_are_compared_as_well() -> None:
    world = RelayWorld()
    send_some(world, SHOP, QOS, BASE_DENOM, 6)
    world.until(world.settled, seconds=30)
    outgoing = world.peer(SHOP, QOS).outgoing
    assert OUTSTANDING.get(world.state(SHOP), (outgoing, BASE_DENOM)) == 6
    (balance,) = lines_of(world)
    assert (balance.home, balance.gap) == (SHOP, 0)


def test_a_watcher_that_is_no_pauser_sees_the_gap_and_pauses_nothing() -> None:
    strings = Strings()
    world = RelayWorld(spoke=strings.on(BUSINESS))
    watching = watcher(world)
    send_some(world, QOS, SHOP, BASE_DENOM, 9)
    world.until(world.settled, seconds=30)
    forged(world, strings, 5)
    world.step(10)
    sight = run_now(watching.look(world.now_ns))
    assert sight.comparison.gaps
    world.step(10)
    assert world.peer(QOS, SHOP).paused_until is None


def test_packets_that_nobody_sent_pause_both_queues_after_a_second() -> None:
    strings = Strings()
    world = RelayWorld(spoke=strings.on(BUSINESS), pausers=(DAVE,))
    watching = watcher(world)
    send_some(world, QOS, SHOP, BASE_DENOM, 9)
    world.until(world.settled, seconds=30)
    incoming, inbox = world.peer(SHOP, QOS).incoming, world.queue(SHOP, QOS).inbox

    def receive(ctx: Context) -> None:
        RECEIPTS.set(ctx, (incoming, inbox + 1), Receipt(packet_hash=b"f" * 32, height=1))
        INBOX_SEQUENCE.set(ctx, incoming, inbox + 1)

    strings.pull(receive)
    world.until(lambda: world.queue(SHOP, QOS).inbox == inbox + 1)
    first = run_now(watching.look(world.now_ns))
    assert first.comparison.unsent
    # An answer may be old once: the next look tells.
    assert first.pauses == ()
    second = run_now(watching.look(world.now_ns + 10**9))
    assert sorted(pause.chain_id for pause in second.pauses) == [QOS, SHOP]
    world.until(lambda: all(world.peer(*pair).paused_until is not None for pair in ((QOS, SHOP), (SHOP, QOS))))
