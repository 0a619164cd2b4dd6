"""Several transactions of one account wait in one mempool; a wrong guess is read again."""

import pytest

from qos.cassini.submitter import Submitter
from qos.client.errors import Refused
from qos.client.transactions import PrivateKey
from qos.machine.errors import UnknownAddress
from qos.testing.chain import ALICE, BOB, CAROL
from qos.testing.relay_world import QOS, RelayWorld, run_now
from qos.testing.transactions import key_of, send

GAS = 100_000


@pytest.fixture
def world() -> RelayWorld:
    return RelayWorld(relays=0)


def test_transactions_follow_each_other_without_a_block_between(world: RelayWorld) -> None:
    submitter, node = Submitter(QOS, PrivateKey(ALICE.private)), world.nodes[QOS]
    before = world.balance(QOS, BOB.address)
    for _ in range(5):
        run_now(submitter.send(node, (send(ALICE.address, BOB.address, 1),), GAS))
    world.step(3)
    assert world.balance(QOS, BOB.address) == before + 5


def test_a_sequence_used_by_somebody_else_is_read_again(world: RelayWorld) -> None:
    one, two = (Submitter(QOS, PrivateKey(ALICE.private)) for _ in range(2))
    node = world.nodes[QOS]
    run_now(one.send(node, (send(ALICE.address, BOB.address, 1),), GAS))
    world.step(2)
    run_now(two.send(node, (send(ALICE.address, BOB.address, 1),), GAS))
    world.step(2)
    with pytest.raises(Refused, match="sequence mismatch"):
        run_now(one.send(node, (send(ALICE.address, CAROL.address, 1),), GAS))
    run_now(one.send(node, (send(ALICE.address, CAROL.address, 1),), GAS))


def test_an_account_nobody_funded_is_named(world: RelayWorld) -> None:
    poor = key_of("nobody")
    submitter = Submitter(QOS, PrivateKey(poor.private))
    with pytest.raises(UnknownAddress):
        run_now(submitter.send(world.nodes[QOS], (send(poor.address, BOB.address, 1),), GAS))
