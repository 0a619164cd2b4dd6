"""Choosing what to vote so that truthful relays come to one abstract (round one).

Truthful relays may look at different heights and so name different, equally true abstracts. Each moves to the one
with most votes, then the highest header, then the most packets: with the same votes before them they move alike.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qos.base.identifiers import Address
from qos.cassini.findings import Queue
from qos.proto.records.qos_qcp_v1 import Abstract
from qos.proto.records.qos_relay_v1 import Batch, Member, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """An abstract with its hashes and who votes for it."""

    abstract: Abstract
    hashes: tuple[bytes, ...]
    voters: tuple[Address, ...]


def ballots(votes: Sequence[Vote], members: Sequence[Member], queue: Queue, first: int) -> tuple[Ballot, ...]:
    """Return what active members vote for a queue's packets from `first` on, the best first."""
    active = {member.address for member in members if not member.struck}
    found: dict[Abstract, list[Vote]] = {}
    for vote in votes:
        abstract = vote.abstract
        own = (abstract.queue_id, abstract.epoch, abstract.first) == (queue.queue_id, queue.epoch, first)
        way = (vote.source_chain, vote.destination_chain) == (queue.route.source, queue.route.destination)
        if own and way and vote.relay in active:
            found.setdefault(abstract, []).append(vote)
    gathered = [
        Ballot(abstract=abstract, hashes=each[0].packet_hashes, voters=tuple(sorted([vote.relay for vote in each])))
        for abstract, each in found.items()
    ]
    return tuple(sorted(gathered, key=_rank, reverse=True))


def _rank(ballot: Ballot) -> tuple[int, int, int, bytes]:
    abstract = ballot.abstract
    return len(ballot.voters), abstract.height, abstract.last, abstract.packet_root


def voted_by(found: Collection[Ballot], relay: Address) -> Ballot | None:
    """Return what a relay votes now."""
    return next((ballot for ballot in found if relay in ballot.voters), None)


def under_way(batches: Sequence[Batch], inbox: int) -> tuple[Batch, ...]:
    """Return the batches still to be delivered, in order of their packets.

    A later batch replaces the earlier ones that share a packet with it: it was fixed because those stood still.
    """
    standing: list[Batch] = []
    for batch in sorted(batches, key=lambda each: each.number):
        first, last = batch.abstract.first, batch.abstract.last
        standing = [each for each in standing if each.abstract.last < first or each.abstract.first > last]
        standing.append(batch)
    return tuple(
        sorted([each for each in standing if each.abstract.last > inbox], key=lambda each: each.abstract.first)
    )
