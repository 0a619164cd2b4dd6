"""Scenario 17: keys rotate twice while nothing can be delivered; what was attested is attested again (R4)."""

from qos.base.blocktime import HOUR_NS
from qos.base.identifiers import BASE_DENOM
from qos.cassini.messages import Deliver
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgRotateRelays, MsgSendTransfer
from qos.testing.chain import ALICE, AUTHORITY, BOB
from qos.testing.relay_faults import withholding
from qos.testing.relay_group import ATTESTERS
from qos.testing.relay_world import QOS, SHOP, RelayWorld
from qos.testing.transactions import key_of

NEWCOMER = key_of("newcomer").public


def rotate(world: RelayWorld, keys: tuple[bytes, ...]) -> None:
    """Have the authority install keys at the shop, and let the day pass in which they wait."""
    epoch = world.peer(SHOP, QOS).epoch + 1
    message = MsgRotateRelays(
        submitter=AUTHORITY.address,
        chain_id=QOS,
        epoch=epoch,
        relay_keys=tuple(sorted(keys)),
        height=world.nodes[SHOP].height + 100,
    )
    world.send(SHOP, AUTHORITY, message)
    world.step(20)
    world.now_ns += 25 * HOUR_NS
    world.until(lambda: world.peer(SHOP, QOS).epoch == epoch)


def test_packets_of_the_first_epoch_arrive_in_the_third_without_a_human_step() -> None:
    world = RelayWorld()
    for relay in world.relays:
        relay.tamper = withholding(Deliver)
    message = MsgSendTransfer(
        sender=ALICE.address,
        destination=SHOP,
        recipient=BOB.address,
        amount=Coin(denom=BASE_DENOM, amount=7),
        timeout=150 * HOUR_NS,
    )
    world.send(QOS, ALICE, *[message] * 3)
    world.until(lambda: any(len(batch.signatures) == 4 for batch in world.batches()))
    first, old = world.peer(SHOP, QOS).epoch, tuple(key.public for key in ATTESTERS)
    rotate(world, (*old[:3], NEWCOMER))
    rotate(world, old)
    for relay in world.relays:
        relay.tamper = lambda order: (order,)
    assert world.until(lambda: world.queue(SHOP, QOS).inbox == 3, seconds=60) <= 30_000
    newest = [each for each in world.batches() if each.source_chain == QOS][-1]
    assert newest.abstract.epoch == first + 2
    assert [world.receipt(SHOP, QOS, sequence).code for sequence in (1, 2, 3)] == [0, 0, 0]
    assert world.until(world.settled, seconds=60) <= 30_000
