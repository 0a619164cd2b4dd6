"""Four relays carry packets between two chains: once each, in order, results included."""

from qos.base.identifiers import BASE_DENOM, Address, module_address
from qos.cassini.messages import CastVote, Deliver, KeepTrust, ReadGroup, ReadQueues, ReadRegistration, SendSignature
from qos.modules.crosschain.qcp.state import RECEIPTS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgReceive, MsgSendTransfer, MsgUpdateClient, ResultCode, TrustMode
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS
from qos.testing.relay_world import QOS, ROUTES, SHOP, RelayWorld
from qos.testing.transactions import Key, send


def transfer(giver: Key, destination: str, amount: int, to: Address, denom: str = BASE_DENOM) -> MsgSendTransfer:
    coin = Coin(denom=denom, amount=amount)
    return MsgSendTransfer(sender=giver.address, destination=destination, recipient=to, amount=coin)


def vouchers(world: RelayWorld, chain_id: str, owner: Address) -> dict[str, int]:
    held = {}
    for (address, denom), amount in world.holdings(chain_id):
        if address == owner and denom.startswith("qcp/"):
            held[denom] = amount
    return held


def test_coins_arrive_as_a_voucher_and_come_home() -> None:
    world = RelayWorld()
    before = world.balance(QOS, BOB.address)
    world.send(QOS, ALICE, transfer(ALICE, SHOP, 700, CAROL.address))
    world.until(lambda: world.queue(QOS, SHOP).outbox == 1 and world.settled())
    [(voucher, amount)] = vouchers(world, SHOP, CAROL.address).items()
    assert amount == 700
    world.send(SHOP, CAROL, transfer(CAROL, QOS, 700, BOB.address, voucher))
    world.until(lambda: world.queue(SHOP, QOS).outbox == 2 and world.settled())
    assert world.balance(QOS, BOB.address) == before + 700
    assert not vouchers(world, SHOP, CAROL.address)


def test_a_packet_and_its_result_take_two_virtual_seconds() -> None:
    world = RelayWorld()
    world.send(QOS, ALICE, transfer(ALICE, SHOP, 1, BOB.address))
    world.until(lambda: world.queue(QOS, SHOP).outbox == 1)
    assert world.until(world.settled) <= 2_000


def test_many_packets_both_ways_arrive_once_each_and_in_order() -> None:
    world = RelayWorld()
    for number in range(4):
        world.send(QOS, ALICE, *[transfer(ALICE, SHOP, number + 1, BOB.address) for _ in range(20)])
        world.send(SHOP, CAROL, *[transfer(CAROL, QOS, number + 1, BOB.address) for _ in range(10)])
        world.step(2)
    world.until(lambda: world.queue(QOS, SHOP).outbox == 120 and world.settled(), seconds=60)
    assert sum(vouchers(world, SHOP, BOB.address).values()) == 20 * 10
    assert sum(vouchers(world, QOS, BOB.address).values()) == 10 * 10
    for route in ROUTES:
        ctx = world.state(route.destination)
        queue_id = world.peer(route.destination, route.source).incoming
        received = [(key[1], receipt.code) for key, receipt in RECEIPTS.items(ctx, queue_id)]
        assert received == [(sequence, ResultCode.RESULT_CODE_OK) for sequence in range(1, 121)]


def test_more_packets_than_a_batch_takes_travel_in_several_under_way_at_once() -> None:
    world = RelayWorld()
    for relay in world.relays:
        relay.down = True
    for _ in range(4):
        world.send(QOS, ALICE, *[transfer(ALICE, SHOP, 1, BOB.address) for _ in range(40)])
        world.step(1)
    for relay in world.relays:
        relay.start()
    world.until(lambda: world.queue(SHOP, QOS).inbox == 160, seconds=10)
    spans = [(batch.abstract.first, batch.abstract.last) for batch in world.batches()[:3]]
    assert spans == [(1, 64), (65, 128), (129, 160)]


def test_a_failed_packet_is_consumed_and_its_coins_return() -> None:
    world = RelayWorld()
    escrow, worth = module_address("qcp_escrow"), 10**20
    before = world.balance(QOS, ALICE.address)
    world.send(QOS, ALICE, transfer(ALICE, SHOP, worth, escrow))
    world.until(lambda: world.queue(QOS, SHOP).outbox == 1 and world.settled())
    assert before - world.balance(QOS, ALICE.address) < worth, "only the fee is gone"
    assert world.balance(QOS, escrow) == 0
    assert world.receipt(SHOP, QOS, 1).code == ResultCode.RESULT_CODE_FAILED


def test_what_a_failed_transaction_sent_is_not_carried() -> None:
    world = RelayWorld()
    world.send(QOS, ALICE, transfer(ALICE, SHOP, 5, BOB.address), send(ALICE.address, BOB.address, 10 * FUNDS))
    world.step(30)
    assert world.queue(QOS, SHOP).outbox == 0
    assert not world.done((CastVote, SendSignature, Deliver))


def test_a_chain_that_asks_for_no_proofs_gets_none_and_the_public_chain_still_does() -> None:
    world = RelayWorld(spoke_mode=TrustMode.TRUST_MODE_ATTESTATION)
    world.send(QOS, ALICE, transfer(ALICE, SHOP, 5, BOB.address))
    world.until(lambda: world.queue(QOS, SHOP).outbox == 1 and world.settled())
    messages = {
        chain_id: [message for block in world.blocks(chain_id) for message in world.messages(block)]
        for chain_id in (QOS, SHOP)
    }
    proofs = {
        chain_id: [bool(each.packets[0].store_proof) for each in found if isinstance(each, MsgReceive)]
        for chain_id, found in messages.items()
    }
    assert proofs == {SHOP: [False], QOS: [True]}
    assert not any(isinstance(each, MsgUpdateClient) for each in messages[SHOP])


def test_one_relay_delivers_and_the_others_leave_it_to_that_one() -> None:
    world = RelayWorld()
    world.send(QOS, ALICE, transfer(ALICE, SHOP, 5, BOB.address))
    world.until(lambda: world.queue(QOS, SHOP).outbox == 1 and world.settled())
    assert len(world.done(Deliver)) == 2, "one there, one for the result"


def test_idle_relays_look_twice_a_minute_and_submit_nothing() -> None:
    world = RelayWorld()
    world.step(20)
    for relay in world.relays:
        relay.done.clear()
    world.step(600)
    idle = world.done(object)
    assert len(idle) <= 4 * (2 * 5 + 2)
    assert all(isinstance(order, KeepTrust | ReadQueues | ReadGroup | ReadRegistration) for order in idle)
