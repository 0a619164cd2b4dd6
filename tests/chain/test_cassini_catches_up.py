"""What waited is carried by few words: else a queue is no faster than one batch for each block of the relays' chain."""

from qos.base.identifiers import BASE_DENOM
from qos.cassini.messages import Deliver, RecordSubmission
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_traffic import TRANSFER
from qos.testing.relay_world import QOS, SHOP, RelayWorld

ROUNDS, EACH = 8, 40
"""320 packets: five batches."""


def backlog() -> RelayWorld:
    """Return a network whose relays come back after packets have gathered."""
    world = RelayWorld()
    for relay in world.relays:
        relay.down = True
    for _ in range(ROUNDS):
        world.send(QOS, ALICE, *[TRANSFER] * EACH)
        world.step()
    for relay in world.relays:
        relay.down = False
        relay.start()
    return world


def test_a_leader_takes_along_what_is_attested_behind_its_batch() -> None:
    world = backlog()
    world.until(world.settled)
    voucher = voucher_denom((world.peer(QOS, SHOP).outgoing,), BASE_DENOM)
    assert world.balance(SHOP, BOB.address, voucher) == 7 * ROUNDS * EACH, "each packet arrived once"
    batches = [batch for batch in world.batches() if batch.destination_chain == SHOP]
    assert len(batches) == 5
    orders = [order for order in world.done(Deliver) if isinstance(order, Deliver)]
    to_shop = [order for order in orders if order.queue.route.destination == SHOP]
    assert sorted(each.number for order in to_shop for each in (order, *order.behind)) == [b.number for b in batches]
    assert len(to_shop) < len(batches)


def test_every_batch_that_went_along_is_on_record_with_its_own_transaction() -> None:
    world = backlog()
    world.until(lambda: world.settled() and all(batch.submissions for batch in world.batches()))
    hashes = [each.tx_hash for batch in world.batches() for each in batch.submissions]
    assert len({*hashes}) == len(hashes) == len(world.batches()), "no batch was handed in twice"
    assert len(world.done(RecordSubmission)) < len(hashes)
