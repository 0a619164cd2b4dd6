"""Whatever happens to fewer than a third of the relays, all that was sent arrives once and in order (R5)."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base.identifiers import BASE_DENOM
from qos.cassini.messages import Order
from qos.modules.crosschain.qcp.state import RECEIPTS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSendTransfer, ResultCode
from qos.testing.chain import ALICE, BOB
from qos.testing.relay_world import QOS, ROUTES, SHOP, RelayWorld

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["there", "back", "down", "up", "restart", "loss", "wait"]), st.integers(1, 12)),
    min_size=3,
    max_size=10,
)


def transfer(destination: str) -> MsgSendTransfer:
    coin = Coin(denom=BASE_DENOM, amount=1)
    return MsgSendTransfer(sender=ALICE.address, destination=destination, recipient=BOB.address, amount=coin)


class Story:
    """Applies actions to a world; one relay at a time is faulty."""

    def __init__(self, seed: int) -> None:
        self.world = RelayWorld()
        self.chance = Random(seed)
        self.faulty = self.chance.randrange(4)
        self.sent = {QOS: 0, SHOP: 0}

    def act(self, action: str, size: int) -> None:
        world, relay = self.world, self.world.relays[self.faulty]
        match action:
            case "there" | "back":
                source, destination = (QOS, SHOP) if action == "there" else (SHOP, QOS)
                world.send(source, ALICE, *[transfer(destination)] * size)
                self.sent[source] += size
            case "down":
                relay.down = True
            case "up" | "restart":
                relay.start()
            case "loss":
                relay.tamper = self.lossy
        world.step(size)

    def lossy(self, order: Order) -> Iterable[Order]:
        return () if self.chance.random() < 0.5 else (order,)


def tell(story: Story) -> None:
    world = story.world
    total = sum(story.sent.values())
    world.until(lambda: world.queue(QOS, SHOP).outbox == total and world.settled(), seconds=240)
    for route in ROUTES:
        queue_id = world.peer(route.destination, route.source).incoming
        found = [(key[1], each.code) for key, each in RECEIPTS.items(world.state(route.destination), queue_id)]
        assert found == [(sequence, ResultCode.RESULT_CODE_OK) for sequence in range(1, total + 1)]
    for chain_id, source in ((SHOP, QOS), (QOS, SHOP)):
        held = sum(amount for (owner, denom), amount in world.holdings(chain_id) if "qcp/" in denom)
        assert held == story.sent[source]


@pytest.mark.timeout(3_600)
@given(actions=ACTIONS, seed=st.integers(0, 10**6))
def test_random_faults_of_one_relay_lose_and_double_nothing(actions: list[tuple[str, int]], seed: int) -> None:
    story = Story(seed)
    for action, size in actions:
        story.act(action, size)
    tell(story)
