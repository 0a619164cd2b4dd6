"""Relay keys change while packets are under way: all are signed again and delivered without a human step (R4)."""

from dataclasses import replace

from qos.base.blocktime import HOUR_NS
from qos.cassini.messages import Deliver
from qos.proto.records.qos_qcp_v1 import MsgRotateRelays
from qos.testing.chain import ALICE, AUTHORITY
from qos.testing.relay_faults import withholding
from qos.testing.relay_group import ATTESTERS
from qos.testing.relay_traffic import TRANSFER, send_some
from qos.testing.relay_world import QOS, SHOP, RelayWorld
from qos.testing.transactions import key_of

LASTING = replace(TRANSFER, timeout=72 * HOUR_NS)


def rotate(world: RelayWorld, chain_id: str, peer: str, leaving: int, salt: str) -> None:
    """Have the authority put a new key in the place of a relay's."""
    known = world.peer(chain_id, peer)
    kept = [key for key in known.relay_keys if key != known.relay_keys[leaving]]
    message = MsgRotateRelays(
        submitter=AUTHORITY.address,
        chain_id=peer,
        epoch=known.epoch + 1,
        relay_keys=tuple(sorted([*kept, key_of(salt).public])),
        height=world.nodes[chain_id].height + 100,
    )
    world.send(chain_id, AUTHORITY, message)
    world.until(lambda: len(world.peer(chain_id, peer).struck_keys) == 1)


def hold_deliveries(world: RelayWorld) -> None:
    for relay in world.relays:
        relay.tamper = withholding(Deliver)


def let_go(world: RelayWorld) -> None:
    for relay in world.relays:
        relay.tamper = lambda order: (order,)


def attested_under(world: RelayWorld) -> list[int]:
    return sorted({each.abstract.epoch for each in world.batches() if each.source_chain == QOS})


def test_while_a_new_key_waits_the_others_go_on() -> None:
    world = RelayWorld()
    rotate(world, SHOP, QOS, 3, "newcomer")
    send_some(world, message=LASTING)
    assert world.until(world.settled, seconds=60) <= 30_000


def test_what_was_attested_by_old_keys_is_attested_again_by_the_new() -> None:
    world = RelayWorld()
    hold_deliveries(world)
    send_some(world, message=LASTING)
    world.until(lambda: any(len(batch.signatures) == 4 for batch in world.batches()))
    first = world.peer(SHOP, QOS).epoch
    rotate(world, SHOP, QOS, 3, "newcomer")
    world.now_ns += 25 * HOUR_NS
    world.until(lambda: world.peer(SHOP, QOS).epoch == first + 1)
    let_go(world)
    assert world.until(lambda: world.queue(SHOP, QOS).inbox == 3, seconds=60) <= 30_000
    assert attested_under(world) == [first, first + 1]
    newest = next(each for each in reversed(world.batches()) if each.source_chain == QOS)
    assert {each.key for each in newest.signatures} <= {key.public for key in ATTESTERS}


def test_relays_that_were_asleep_learn_of_the_new_keys_at_their_start() -> None:
    world = RelayWorld()
    hold_deliveries(world)
    send_some(world, message=LASTING)
    world.until(lambda: any(len(batch.signatures) == 4 for batch in world.batches()))
    for relay in world.relays:
        relay.down = True
    rotate(world, SHOP, QOS, 0, "newcomer")
    world.now_ns += 25 * HOUR_NS
    world.step(20)
    let_go(world)
    for relay in world.relays:
        relay.start()
    assert world.until(world.settled, seconds=60) <= 30_000


def test_keys_of_one_chain_change_without_stopping_the_other_way() -> None:
    world = RelayWorld()
    rotate(world, SHOP, QOS, 1, "newcomer")
    world.now_ns += 25 * HOUR_NS
    world.step(20)
    world.send(SHOP, ALICE, replace(TRANSFER, destination=QOS))
    world.until(lambda: world.queue(SHOP, QOS).outbox == 1)
    assert world.until(world.settled, seconds=60) <= 30_000
    world.send(QOS, ALICE, TRANSFER)
    world.until(lambda: world.queue(QOS, SHOP).outbox == 2)
    assert world.until(world.settled, seconds=60) <= 30_000
