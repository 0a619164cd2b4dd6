"""One relay's brain for all routes: events in, orders out, no IO, no clock (protocol section 11)."""

from collections.abc import Iterator

from qos.base.blocktime import HOUR_NS, SECOND_NS
from qos.cassini.equivocation import Contradiction, Watch
from qos.cassini.findings import Route
from qos.cassini.lane import Identity, Lane
from qos.cassini.messages import (
    Accepted,
    BringHome,
    Deliver,
    Event,
    Failed,
    Found,
    GroupRead,
    HeadSeen,
    KeepTrust,
    Order,
    QueueRegistered,
    QueuesRead,
    ReadGroup,
    ReadQueues,
    RecordSubmission,
    Report,
)
from qos.cassini.pace import Pace
from qos.cassini.signing import Attestor
from qos.cassini.submissions import Submissions
from qos.proto.records.qos_relay_v1 import Batch

LOOK_AGAIN_NS = SECOND_NS
"""How often what is under way is thought over without being woken up."""
READ_AGAIN_NS = 3 * SECOND_NS
IDLE_NS = 30 * SECOND_NS
"""How often everything is read again although no event told to: while packets wait, and while none do."""
ANSWER_NS = 10 * SECOND_NS
KEEP_TRUST_NS = HOUR_NS
WATCHED_BATCHES = 8
TURN_NS = 60 * SECOND_NS
"""How long the turn of one member lasts in what one of them has to do now and then."""


class Relay:
    """Receives events, gives orders. Not for several threads."""

    def __init__(self, me: Identity, attestor: Attestor, routes: tuple[Route, ...], cassini_chain: str) -> None:
        """Begin with nothing known: all is read from the chains."""
        self.me = me
        self._cassini = cassini_chain
        self.lanes = {route: Lane(route, me, attestor) for route in routes}
        self._batches: dict[int, Batch] = {}
        self._next_number = self._read_from = 0
        self._read_all = True
        self._heads: dict[str, int] = {}
        self._changes: dict[str, int] = {}
        self._read_at: dict[ReadQueues, int] = {}
        self._stale: dict[ReadQueues | str, None] = {self._cassini: None}
        self._pace = Pace()
        self._watch = Watch()
        self._submissions = Submissions(me.address)
        self._reports: list[Contradiction] = []
        self._members = self._rank = 0
        self._now_ns = 0

    def receive(self, event: Event, now_ns: int) -> None:
        """Take an event in."""
        self._now_ns = now_ns
        match event:
            case HeadSeen():
                self._head(event)
            case QueuesRead():
                self._queues(event)
            case QueueRegistered():
                if self.lanes[event.queue.route].learn_queue(event.queue):
                    self._stale[self._cassini], self._read_all = None, True
            case GroupRead():
                self._group(event)
            case Found():
                self.lanes[event.inquiry.queue.route].learn_finding(event, now_ns)
            case Failed(order=order):
                self._failed(order)
            case Accepted(order=Deliver() as order):
                self._submissions.handed_in(event, order)
            case Accepted(order=RecordSubmission() as order):
                self._submissions.recorded(order.messages)
            case Accepted():
                pass

    def tick(self, now_ns: int) -> None:
        """Let time pass."""
        self._now_ns = now_ns

    def outputs(self) -> Iterator[Order]:
        """Yield what is to be done now."""
        if self._pace.take("read all", self._now_ns, READ_AGAIN_NS if self._is_waiting() else IDLE_NS):
            self._mark_stale(self._cassini, *[route.source for route in self.lanes])
        yield from self._reading()
        for lane in self.lanes.values():
            yield from lane.orders(self._now_ns)
        yield from self._submissions.orders(self._now_ns)
        while self._reports:
            yield from self._report(self._reports.pop(0))
        if self._is_my_turn():
            yield from self._trust_keeping()
            yield from self._bringing_home()

    def next_timer(self) -> int:
        """Return when to look again without an event."""
        return self._now_ns + (LOOK_AGAIN_NS if self._stale or self._is_waiting() else IDLE_NS)

    def _is_waiting(self) -> bool:
        return any(lane.waiting or lane.queue is None for lane in self.lanes.values())

    def _mark_stale(self, *chains: str) -> None:
        """Have what these chains say read again."""
        for chain in chains:
            if chain == self._cassini:
                self._stale[chain] = None
            for route in self.lanes:
                if chain in (route.source, route.destination):
                    peer = route.destination if chain == route.source else route.source
                    self._stale[ReadQueues(chain_id=chain, peer=peer)] = None

    def _head(self, event: HeadSeen) -> None:
        chain = event.chain_id
        self._heads[chain] = max(event.height, self._heads.get(chain, 0))
        if event.changed:
            self._changes[chain] = max(event.height, self._changes.get(chain, 0))
            self._mark_stale(chain)
        for route, lane in self.lanes.items():
            if route.source == chain:
                lane.head = self._heads[chain]

    def _queues(self, event: QueuesRead) -> None:
        order = ReadQueues(chain_id=event.chain_id, peer=event.peer)
        self._pace.release(order)
        out = self.lanes.get(Route(source=event.chain_id, destination=event.peer))
        if out is not None:
            if event.outbox > out.outbox:
                # The root after a block stands in the next header: what a change brought is provable one block later.
                out.provable = self._change_before(event, self._read_at.get(order, 0)) + 1
            out.outbox = event.outbox
        self._read_at[order] = event.height
        back = self.lanes.get(Route(source=event.peer, destination=event.chain_id))
        if back is not None:
            back.inbox = event.inbox

    def _change_before(self, event: QueuesRead, last_read: int) -> int:
        """Return the block that changed the queue, as all who heard of it have it; else the height it was read at."""
        changed_at = self._changes.get(event.chain_id, 0)
        return changed_at if last_read < changed_at <= event.height else event.height

    def _group(self, event: GroupRead) -> None:
        self._pace.release(self._cassini)
        keys = sorted(member.key for member in event.members)
        self._members, self._rank = len(keys), keys.index(self.me.key) if self.me.key in keys else len(keys)
        for batch in event.batches:
            self._batches[batch.number] = batch
            self._reports.extend(self._watch.look(batch.abstract, batch.packet_hashes, batch.signatures))
        self._next_number = max(self._next_number, 1, *[batch.number + 1 for batch in event.batches])
        batches = tuple(self._batches.values())
        for lane in self.lanes.values():
            lane.learn_group(event.members, batches, event.votes)
        self._forget_settled(len([member for member in event.members if not member.struck]))

    def _forget_settled(self, active: int) -> None:
        """Keep what is under way, and of the newest batches those that not all have signed: a lie may come late.

        From the first of them that may still get signatures or be handed in on, batches are read again.
        """
        under_way = {batch.number: batch for lane in self.lanes.values() for batch in lane.under_way()}
        watched = {
            number: batch
            for number, batch in self._batches.items()
            if number >= self._next_number - WATCHED_BATCHES and len(batch.signatures) < active
        }
        unsettled = [batch.number for lane in self.lanes.values() for batch in lane.unsettled()]
        self._batches = under_way | watched
        self._read_from = min([*unsettled, *watched], default=self._next_number)

    def _failed(self, order: Order) -> None:
        """Look again: an order that failed has changed nothing, and its pace says when it is tried again."""
        if isinstance(order, ReadQueues):
            self._stale[order] = None
        elif isinstance(order, ReadGroup):
            self._stale[self._cassini] = None
        elif isinstance(order, Deliver):
            self.lanes[order.queue.route].doubt_queue()

    def _reading(self) -> Iterator[Order]:
        for what in tuple(self._stale):
            if not self._pace.take(what, self._now_ns, ANSWER_NS):
                continue
            del self._stale[what]
            yield what if isinstance(what, ReadQueues) else self._group_reading()

    def _group_reading(self) -> ReadGroup:
        from_number, self._read_all = 0 if self._read_all else self._read_from, False
        queue_ids = tuple([lane.queue.queue_id for lane in self.lanes.values() if lane.queue is not None])
        return ReadGroup(from_number=from_number, queue_ids=queue_ids)

    def _report(self, found: Contradiction) -> Iterator[Report]:
        """Tell every chain that knows the key: each strikes it for itself (R3)."""
        places = [(self._cassini, "")] + [(route.destination, route.source) for route in self.lanes]
        for chain_id, peer in places:
            yield Report(chain_id=chain_id, peer=peer, key=found.key, first=found.first, second=found.second)

    def _is_my_turn(self) -> bool:
        """Tell whether this is one of this member's own minutes, so that what is done in turns is done once."""
        return self._members > 0 and self._now_ns // TURN_NS % self._members == self._rank

    def _trust_keeping(self) -> Iterator[Order]:
        for route, lane in self.lanes.items():
            if lane.queue is not None and self._pace.take(("trust", route), self._now_ns, KEEP_TRUST_NS):
                yield KeepTrust(route=route)

    def _bringing_home(self) -> Iterator[Order]:
        """Look whether what waits has missed its timeout: what can be delivered is, and then its result refunds it."""
        for route, lane in self.lanes.items():
            if lane.waiting and self._pace.take(("home", route), self._now_ns, TURN_NS):
                yield BringHome(route=route, first=lane.inbox + 1)
