"""What operators want to know of a relay, counted from the events its brain receives; changes nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from qos.cassini.findings import Route, Seen, Unknown
from qos.cassini.messages import (
    Accepted,
    CastVote,
    Event,
    Failed,
    Found,
    GroupRead,
    HeadSeen,
    QueuesRead,
    RecordSubmission,
    SendSignature,
)
from qos.cassini.stopwatch import StageTimes, Stopwatch
from qos.modules.crosschain.qcp.attestation import quorum
from qos.proto.records.qos_relay_v1 import Batch, Member, Vote

K = TypeVar("K")
V = TypeVar("V")
MAX_KNOWN = 4_096
"""Packets whose true hash is remembered, and contradictions that were counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReading:
    """One route as this relay sees it. `votes` stand for the next batch, `under_way` batches are not delivered."""

    route: Route
    outbox: int
    inbox: int
    depth: int
    oldest_age_ns: int
    votes: int
    under_way: int
    stages: tuple[StageTimes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """All routes, and what this relay counted since its start.

    `disagreements` are votes of others for packets this relay proved to be different ones, by the voter's address.
    """

    routes: tuple[RouteReading, ...]
    heights: tuple[tuple[str, int], ...]
    members: int
    struck: int
    votes: int
    signatures: int
    submissions: int
    unknown: int
    failures: tuple[tuple[str, int], ...]
    disagreements: tuple[tuple[bytes, int], ...]


class Gauges:
    """Counts. Not for several threads."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Begin at nothing."""
        self._watches = {route: Stopwatch() for route in routes}
        self._votes: dict[Route, int] = {}
        self._under_way: dict[Route, set[int]] = {route: set() for route in self._watches}
        self._heights: dict[str, int] = {}
        self._members: tuple[Member, ...] = ()
        self._did: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._disagreements: Counter[bytes] = Counter()
        self._true: dict[tuple[bytes, int], bytes] = {}
        self._told: dict[tuple[bytes, bytes, int, bytes], None] = {}

    def take(self, event: Event, now_ns: int) -> None:
        """Count an event."""
        match event:
            case HeadSeen():
                self._heights[event.chain_id] = max(event.height, self._heights.get(event.chain_id, 0))
            case QueuesRead():
                self._queues(event, now_ns)
            case GroupRead():
                self._group(event, now_ns)
            case Found(finding=Seen() as finding):
                queue_id = event.inquiry.queue.queue_id
                self._true.update(((queue_id, at), name) for at, name in enumerate(finding.hashes, finding.first))
                _trim(self._true)
            case Found(finding=Unknown()):
                self._did["unknown"] += 1
            case Accepted(order=CastVote() | SendSignature() | RecordSubmission() as order):
                self._did[type(order).__name__] += 1
            case Failed():
                self._failures[type(event.order).__name__] += 1
            case _:
                pass

    def _queues(self, event: QueuesRead, now_ns: int) -> None:
        there = self._watches.get(Route(source=event.chain_id, destination=event.peer))
        if there is not None:
            there.sent(event.outbox, now_ns)
        back = self._watches.get(Route(source=event.peer, destination=event.chain_id))
        if back is not None:
            back.received(event.inbox, now_ns)

    def _group(self, event: GroupRead, now_ns: int) -> None:
        self._members = event.members
        active = {member.key for member in event.members if not member.struck}
        for batch in event.batches:
            watch = self._watches.get(_route(batch))
            if watch is not None:
                signed = [each for each in batch.signatures if each.key in active]
                watch.batch(batch, attested=len(signed) >= quorum(len(event.members)), now_ns=now_ns)
                self._under_way[_route(batch)].add(batch.abstract.last)
        self._votes = Counter(_route(vote) for vote in event.votes)
        for vote in event.votes:
            self._judge(vote)

    def _judge(self, vote: Vote) -> None:
        """Count a vote for packets that were proven to be different ones, once a packet."""
        queue_id = vote.abstract.queue_id
        for sequence, name in enumerate(vote.packet_hashes, start=vote.abstract.first):
            said = (vote.relay, queue_id, sequence, name)
            if self._true.get((queue_id, sequence), name) != name and said not in self._told:
                self._told[said] = None
                self._disagreements[vote.relay] += 1
                _trim(self._told)

    def readings(self, now_ns: int) -> Readings:
        """Return all figures as they are now."""
        return Readings(
            routes=tuple(self._routes(now_ns)),
            heights=tuple(sorted(self._heights.items())),
            members=len(self._members),
            struck=len([member for member in self._members if member.struck]),
            votes=self._did["CastVote"],
            signatures=self._did["SendSignature"],
            submissions=self._did["RecordSubmission"],
            unknown=self._did["unknown"],
            failures=tuple(sorted(self._failures.items())),
            disagreements=tuple(sorted(self._disagreements.items())),
        )

    def _routes(self, now_ns: int) -> Iterator[RouteReading]:
        for route, watch in self._watches.items():
            standing = {last for last in self._under_way[route] if last > watch.inbox}
            self._under_way[route] = standing
            yield RouteReading(
                route=route,
                outbox=watch.outbox,
                inbox=watch.inbox,
                depth=watch.depth,
                oldest_age_ns=watch.oldest_age_ns(now_ns),
                votes=self._votes.get(route, 0),
                under_way=len(standing),
                stages=tuple(watch.times()),
            )


def _route(said: Batch | Vote) -> Route:
    return Route(source=said.source_chain, destination=said.destination_chain)


def _trim(remembered: dict[K, V]) -> None:
    while len(remembered) > MAX_KNOWN:
        del remembered[next(iter(remembered))]
