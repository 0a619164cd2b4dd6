"""Events only say when to look: what a failed transaction emitted moves nothing (R2, threat 20, scenario 4).

And one relay that contradicts itself is struck everywhere at once, while the rest goes on (R3, scenario 2).
"""

from dataclasses import replace
from typing import Any

import pytest

from qos.cassini.messages import CastVote, Event, Inquiry, QueuesRead
from qos.cassini.tracking import Network, trace
from qos.client.errors import Refused
from qos.modules.crosschain.qcp.equivocation import Statement
from qos.modules.relay.observations.state import MEMBERS, VOTES
from qos.proto.records.qos_qcp_v1 import MsgReportEquivocation
from qos.testing.chain import ALICE, BOB, DAVE, FUNDS
from qos.testing.relay_faults import BendingNode
from qos.testing.relay_group import ATTESTERS, RELAYS, contradiction
from qos.testing.relay_traffic import TRANSFER, newest_tx
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld, run_now
from qos.testing.transactions import send

TOO_MUCH = send(ALICE.address, BOB.address, 2 * FUNDS)


def test_a_transaction_that_fails_after_sending_leaves_nothing_to_carry() -> None:
    world = RelayWorld()
    world.send(QOS, ALICE, TRANSFER, TOO_MUCH)
    world.step(60)
    failed = [
        result
        for height in range(1, world.nodes[QOS].height + 1)
        for result in world.nodes[QOS].store.result(height).tx_results
        if result.code
    ]
    assert len(failed) == 1
    assert not [event for event in failed[0].events if event.type == "qcp"]
    assert world.queue(QOS, SHOP).outbox == 0
    assert (world.done(CastVote), world.batches()) == ([], [])


def lie_about_the_outbox(world: RelayWorld, number: int) -> None:
    """Have a relay's node say that one packet more was sent than was."""
    relay = world.relays[number]

    def bend(event: Event) -> bool:
        if not isinstance(event, QueuesRead) or event.chain_id != QOS:
            return False
        relay.brain.receive(replace(event, outbox=event.outbox + 1), world.now_ns)
        return True

    relay.misses = bend


@pytest.mark.parametrize("told", [1, 3, 4])
def test_relays_told_of_a_packet_that_is_not_there_look_and_vote_nothing(told: int) -> None:
    world = RelayWorld()
    for number in range(told):
        lie_about_the_outbox(world, number)
    world.step(100)
    assert any(isinstance(order, Inquiry) and order.first == 1 for order in world.done(Inquiry)), "they looked"
    assert (world.done(CastVote), world.batches()) == ([], [])
    assert list(VOTES.items(world.state(HUB))) == []
    assert world.queue(SHOP, QOS).inbox == 0


def test_a_node_that_invents_an_event_is_not_believed_by_the_trace() -> None:
    world = RelayWorld()
    world.send(QOS, ALICE, TRANSFER, TOO_MUCH)
    world.step(20)
    attributes = [{"key": "to", "value": SHOP, "index": True}, {"key": "sequence", "value": "1", "index": True}]

    def invent(result: dict[str, Any]) -> None:
        result["tx_result"]["events"] = [{"type": "qcp", "attributes": attributes}]

    node = BendingNode(world.nodes[QOS], "tx", invent)
    network = Network(chains={QOS: node, SHOP: world.nodes[SHOP]}, relays=world.nodes[HUB], now_ns=world.now_ns)
    with pytest.raises(Refused, match="no packet 1"):
        run_now(trace(network, QOS, newest_tx(world)))


def test_one_relay_that_contradicts_itself_is_struck_on_every_chain_and_packets_go_on() -> None:
    world = RelayWorld()
    told = contradiction(1)
    first = Statement(abstract=told.first, hashes=told.first_hashes, signature=told.first_signature)
    second = Statement(abstract=told.second, hashes=told.second_hashes, signature=told.second_signature)
    world.send(QOS, ALICE, TRANSFER)
    run_now(world.relays[3].group._submitter.send(world.nodes[HUB], (told,), 5_000_000))
    for chain_id, peer in ((QOS, SHOP), (SHOP, QOS)):
        report = MsgReportEquivocation(
            reporter=DAVE.address,
            chain_id=peer,
            key=told.key,
            first=first.abstract,
            first_signature=first.signature,
            first_hashes=tuple(first.hashes),
            second=second.abstract,
            second_signature=second.signature,
            second_hashes=tuple(second.hashes),
        )
        world.send(chain_id, DAVE, report)
    world.step(15)
    struck = [member.key for _, member in MEMBERS.items(world.state(HUB)) if member.struck]
    assert struck == [ATTESTERS[1].public]
    for chain_id, peer in ((QOS, SHOP), (SHOP, QOS)):
        found = world.peer(chain_id, peer)
        assert found.struck_keys == (ATTESTERS[1].public,)
        assert len(found.relay_keys) == len(RELAYS), "n is unchanged"
    world.send(QOS, ALICE, TRANSFER)
    world.until(lambda: world.queue(QOS, SHOP).outbox == 2)
    assert world.until(world.settled, seconds=60) <= 30_000
    signers = {each.key for batch in world.batches()[-1:] for each in batch.signatures}
    assert ATTESTERS[1].public not in signers
