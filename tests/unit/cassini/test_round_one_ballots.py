"""Choosing among votes so that truthful relays agree, and what is under way."""

from dataclasses import replace

from qos.base.identifiers import Address
from qos.cassini.ballots import ballots, under_way, voted_by
from qos.cassini.findings import Queue, Route
from qos.proto.records.qos_qcp_v1 import Abstract
from qos.proto.records.qos_relay_v1 import Batch, Member, Vote
from qos.testing.relay_group import ATTESTERS, OTHER_QUEUE, QUEUE, RELAYS, abstract_of, hashes_of

ROUTE = Route(source="qos-1", destination="shop-1")
LANE = Queue(route=ROUTE, queue_id=QUEUE, epoch=0, with_proof=True, signers=(), needed=3)
MEMBERS = tuple(Member(address=one.address, key=two.public) for one, two in zip(RELAYS, ATTESTERS, strict=True))


def vote(relay: int, abstract: Abstract, source: str = "qos-1") -> Vote:
    return Vote(
        relay=RELAYS[relay].address,
        source_chain=source,
        destination_chain="shop-1",
        abstract=abstract,
        packet_hashes=hashes_of(abstract.first, abstract.last),
    )


def order_of(*votes: Vote, members: tuple[Member, ...] = MEMBERS) -> list[Abstract]:
    return [ballot.abstract for ballot in ballots(votes, members, LANE, 1)]


LOW, HIGH, LONG = abstract_of(height=8), abstract_of(height=9), abstract_of(1, 5, height=9)


def test_more_votes_come_before_a_higher_header() -> None:
    assert order_of(vote(0, HIGH), vote(1, LOW), vote(2, LOW)) == [LOW, HIGH]


def test_a_higher_header_comes_before_more_packets_of_a_lower_one() -> None:
    assert order_of(vote(0, abstract_of(1, 9, height=8)), vote(1, HIGH))[0] == HIGH


def test_of_one_header_more_packets_come_first() -> None:
    assert order_of(vote(0, HIGH), vote(1, LONG)) == [LONG, HIGH]


def test_the_order_does_not_depend_on_the_order_of_votes() -> None:
    votes = [vote(0, HIGH), vote(1, LOW), vote(2, LONG), vote(3, abstract_of(salt=b"x"))]
    assert order_of(*votes) == order_of(*reversed(votes))


def test_votes_of_another_queue_epoch_start_or_way_do_not_count() -> None:
    foreign = (
        vote(0, abstract_of(queue=OTHER_QUEUE)),
        vote(1, replace(HIGH, epoch=1)),
        vote(2, abstract_of(2, 3)),
        vote(3, HIGH, source="mall-1"),
    )
    assert order_of(*foreign) == []


def test_votes_of_strangers_and_of_struck_members_do_not_count() -> None:
    struck = (replace(MEMBERS[0], struck=True), *MEMBERS[1:])
    stranger = replace(vote(1, HIGH), relay=Address(b"s" * 20))
    assert order_of(vote(0, HIGH), stranger, members=struck) == []


def test_a_relays_own_ballot_is_found() -> None:
    found = ballots((vote(0, HIGH), vote(1, LOW)), MEMBERS, LANE, 1)
    mine = voted_by(found, RELAYS[1].address)
    assert mine is not None
    assert mine.abstract == LOW
    assert voted_by(found, RELAYS[2].address) is None


def batch(number: int, first: int, last: int) -> Batch:
    return Batch(number=number, abstract=abstract_of(first, last))


def numbers(*batches: Batch, inbox: int = 0) -> list[int]:
    return [each.number for each in under_way(batches, inbox)]


def test_delivered_batches_are_not_under_way() -> None:
    assert numbers(batch(1, 1, 5), batch(2, 6, 9), inbox=5) == [2]
    assert numbers(batch(1, 1, 5), inbox=3) == [1], "half of it is still to come"


def test_a_batch_fixed_again_replaces_the_first_and_all_behind_it() -> None:
    assert numbers(batch(1, 1, 5), batch(2, 6, 9), batch(4, 1, 7)) == [4]
    assert numbers(batch(1, 1, 5), batch(2, 6, 9), batch(4, 6, 12)) == [1, 4]
