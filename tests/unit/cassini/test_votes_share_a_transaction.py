"""Votes that are due together go out in one transaction, and so do signatures."""

from qos.cassini.group import Group
from qos.cassini.messages import Accepted, CastVote, Failed, RecordSubmission, SendSignature
from qos.cassini.perform import go_together, perform_together
from qos.cassini.submitter import Submitter
from qos.client.transactions import PrivateKey
from qos.modules.relay.observations.state import VOTES
from qos.proto.records.qos_relay_v1 import MsgRecordSubmission, MsgSign
from qos.testing.relay_group import RELAYS, abstract_of, observe
from qos.testing.relay_world import HUB, RelayWorld, run_now
from qos.testing.transactions import key_of

VOTE_ORDERS = tuple([CastVote(message=observe(RELAYS[0], abstract_of(first, first + 2))) for first in (1, 4, 7)])
SIGNATURE = SendSignature(message=MsgSign(relay=RELAYS[0].address, batch=1, signature=b"s" * 64))
RECORD = RecordSubmission(messages=(MsgRecordSubmission(relay=RELAYS[0].address, batch=1, tx_hash=b"t" * 32),))


def test_only_votes_go_with_votes_and_signatures_with_signatures() -> None:
    vote = VOTE_ORDERS[0]
    assert go_together(vote, VOTE_ORDERS[1])
    assert go_together(SIGNATURE, SIGNATURE)
    for one, other in ((vote, SIGNATURE), (SIGNATURE, vote), (RECORD, RECORD), (RECORD, vote), (vote, RECORD)):
        assert not go_together(one, other)


def test_votes_stand_that_came_in_one_transaction() -> None:
    world = RelayWorld(relays=0)
    group = Group(world.nodes[HUB], Submitter(HUB, PrivateKey(RELAYS[0].private)))
    events = run_now(perform_together(VOTE_ORDERS, group))
    assert [event.order for event in events if isinstance(event, Accepted)] == list(VOTE_ORDERS)
    assert len({event.tx_hash for event in events if isinstance(event, Accepted)}) == 1
    world.step(5)
    assert [vote.abstract.first for _, vote in VOTES.items(world.state(HUB))] == [1, 4, 7]


def test_each_order_fails_when_the_node_takes_none() -> None:
    world = RelayWorld(relays=0)
    group = Group(world.nodes[HUB], Submitter(HUB, PrivateKey(key_of("nobody").private)))
    events = run_now(perform_together(VOTE_ORDERS, group))
    assert [event.order for event in events if isinstance(event, Failed)] == list(VOTE_ORDERS)
