"""One queue as one relay sees it: what to vote, what to sign, what to deliver. Lanes know nothing of each other (R2).

A lane is asked again and again what is to be done now; everything follows from what was read last, so a lost answer,
a restart or a replay changes only when a thing happens.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS
from qos.base.identifiers import Address
from qos.cassini.ballots import under_way
from qos.cassini.findings import Queue, Route
from qos.cassini.leader import ATTEMPT_NS, attempt_at, leader
from qos.cassini.messages import Deliver, Found, Order, ReadRegistration, SendSignature
from qos.cassini.notebook import Notebook
from qos.cassini.pace import Pace
from qos.cassini.signing import Attestor, ConflictingSignature
from qos.cassini.voting import SEND_AGAIN_NS, Reach, Voting, ask
from qos.proto.records.qos_qcp_v1 import Attestation, RelaySignature
from qos.proto.records.qos_relay_v1 import Batch, Member, MsgSign, Vote

MAX_UNDER_WAY = 32
"""Batches of one queue between fixing and delivery: what comes in during several rounds, or a slow round ends in more
waiting than the next one carries."""
MAX_TOGETHER = 8
"""Batches that go with one leader: half of what a mempool takes of one sender."""
REGISTER_AGAIN_NS = 5 * SECOND_NS
IDLE_NS = 30 * SECOND_NS
"""How often a registration is read: while packets wait, and while none do."""
HAND_IN_NS = 3 * SECOND_NS
"""How long to wait for word that the batch before was handed in."""
DELIVER_AGAIN_NS = 6 * SECOND_NS
"""Twice in a turn: each try costs a fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A relay's account on the Cassini chain and its attestation key."""

    address: Address
    key: bytes


class Lane:
    """The state of one route. The brain sets what it read; `orders` says what is to be done now.

    `outbox` and `inbox` are what the two chains say, `head` is the newest block of the source and `provable` the first
    whose header proves all packets up to `outbox`; all are hints: only findings are believed.
    """

    def __init__(self, route: Route, me: Identity, attestor: Attestor) -> None:
        """Know nothing yet."""
        self.route = route
        self.queue: Queue | None = None
        self.outbox = self.inbox = self.provable = self.head = 0
        self._ready_ns: dict[int, int] = {}
        self._told_ns: dict[int, int] = {}
        self._me = me
        self._attestor = attestor
        self._notes = Notebook()
        self._voting = Voting(me.address, self._notes)
        self._pace = Pace()
        self._members: tuple[Member, ...] = ()
        self._keys: list[bytes] = []
        self._struck: frozenset[bytes] = frozenset()
        self._batches: tuple[Batch, ...] = ()

    def learn_group(self, members: tuple[Member, ...], batches: tuple[Batch, ...], votes: tuple[Vote, ...]) -> None:
        """Take in what the Cassini chain holds; `batches` are all that may still be under way."""
        self._members = members
        self._keys = sorted([member.key for member in members])
        self._struck = frozenset([member.key for member in members if member.struck])
        if self.queue is not None:
            place = (self.queue.queue_id, self.queue.epoch)
            own = tuple([vote for vote in votes if vote.abstract.queue_id == self.queue.queue_id])
            self._voting.learn(members, own)
            # What older keys signed counts no more: it is agreed and signed again under the new ones (R4).
            self._batches = tuple([each for each in batches if (each.abstract.queue_id, each.abstract.epoch) == place])
            known = {batch.number for batch in self._batches}
            self._ready_ns = {number: since for number, since in self._ready_ns.items() if number in known}
            self._told_ns = {number: since for number, since in self._told_ns.items() if number in known}

    def learn_queue(self, queue: Queue) -> bool:
        """Take in what the destination registered; tells whether it changed, as with every epoch of keys (R4)."""
        changed = queue != self.queue
        self.queue = queue
        return changed

    def doubt_queue(self) -> None:
        """Have the registration read again at once: a delivery was refused."""
        self._pace.release(("registration", True))

    def learn_finding(self, found: Found, now_ns: int) -> None:
        """Take in the answer to an inquiry."""
        self._notes.learn(found, now_ns)

    @property
    def waiting(self) -> bool:
        """Whether packets are known that the destination has not received."""
        return self.outbox > self.inbox

    def under_way(self) -> tuple[Batch, ...]:
        """Return the batches still to be delivered."""
        return under_way(self._batches, self.inbox)

    def unsettled(self) -> tuple[Batch, ...]:
        """Return the batches under way that lack signatures or that nobody handed in."""
        return tuple([each for each in self.under_way() if not each.submissions or not self._is_attested(each)])

    def standing(self, now_ns: int) -> tuple[Batch, ...]:
        """Return the batches under way, up to the first that is missing or cannot be had any more: it is voted next.

        That is one all of whose turns passed in vain, or one not attested yet that the source proves no longer.
        """
        turns_ns = (len(self._members) + 1) * ATTEMPT_NS
        found = self.under_way()
        reached = self.inbox
        for position, batch in enumerate(found):
            overdue = now_ns - batch.fixed_at_ms * MILLISECOND_NS > turns_ns
            lost = not self._is_attested(batch) and self._notes.is_shunned(batch.abstract, now_ns)
            if batch.abstract.first > reached + 1 or overdue or lost:
                return found[:position]
            reached = batch.abstract.last
        return found

    def orders(self, now_ns: int) -> Iterator[Order]:
        """Yield what is to be done now."""
        needed = self.queue is None or self.waiting
        if self._pace.take(("registration", needed), now_ns, REGISTER_AGAIN_NS if needed else IDLE_NS):
            yield ReadRegistration(route=self.route)
        if self.queue is None:
            return
        if any(member.key == self._me.key and member.struck for member in self._members):
            return
        standing = self.standing(now_ns)
        for batch in standing:
            if batch.submissions:
                self._told_ns.setdefault(batch.number, now_ns)
            yield from self._signature(self.queue, batch, now_ns)
        yield from self._deliveries(self.queue, tuple(takewhile(self._is_attested, standing)), now_ns)
        proven = self._notes.under(standing[-1].abstract) if standing else None
        first = max(self.inbox, standing[-1].abstract.last if standing else 0) + 1
        reach = Reach(outbox=self.outbox, head=self.head, provable=self.provable)
        spans = MAX_UNDER_WAY - len(standing)
        yield from self._voting.orders(self.queue, reach, first, proven, spans, now_ns)

    def _signature(self, queue: Queue, batch: Batch, now_ns: int) -> Iterator[Order]:
        """Sign a batch this relay proved itself; what it cannot prove it never signs."""
        if self._me.key not in queue.signers or any(each.key == self._me.key for each in batch.signatures):
            return
        abstract = batch.abstract
        finding = self._notes.under(abstract)
        if finding is None:
            yield from ask(self._notes, queue, abstract.height, abstract.first, abstract.last, now_ns)
            return
        if not self._notes.confirms(queue, abstract, batch.packet_hashes):
            return
        if not self._pace.take(("sign", batch.number), now_ns, SEND_AGAIN_NS):
            return
        try:
            signature = self._attestor.sign(abstract, batch.packet_hashes)
        except ConflictingSignature:
            return
        yield SendSignature(message=MsgSign(relay=self._me.address, batch=batch.number, signature=signature))

    def _deliveries(self, queue: Queue, attested: Sequence[Batch], now_ns: int) -> Iterator[Order]:
        """Deliver what is our turn.

        A node takes transactions in the order they come: what comes before its turn is refused and has to come again.
        So a batch waits for word that the one before it was handed in, and one word for several lets a queue catch up.
        """
        position = 0
        while position < len(attested):
            before = attested[position - 1] if position else None
            handed_in = yield from self._delivery(queue, attested[position:], before, now_ns)
            position += max(handed_in, 1)

    def _delivery(
        self, queue: Queue, attested: Sequence[Batch], before: Batch | None, now_ns: int
    ) -> Generator[Order, None, int]:
        """Deliver the first of some batches when it is due, along with what is behind it and nobody handed in.

        Returns how many go out.
        """
        batch = attested[0]
        handed_in = before is None or bool(before.submissions)
        if not self._is_due(batch, handed_in, now_ns):
            return 0
        brings_header = before is not None and handed_in and before.abstract.height == batch.abstract.height
        first = yield from self._proven(queue, batch, brings_header, now_ns)
        if first is None or not self._may_deliver(batch, handed_in, now_ns):
            return 0
        behind: list[Deliver] = []
        for leading, following in pairwise(attested[:MAX_TOGETHER]):
            if following.submissions:
                break
            same_header = leading.abstract.height == following.abstract.height
            order = yield from self._proven(queue, following, same_header, now_ns)
            if order is None:
                break
            self._pace.rest(("deliver", following.number, True), now_ns, DELIVER_AGAIN_NS)
            behind.append(order)
        yield replace(first, behind=tuple(behind))
        return 1 + len(behind)

    def _is_due(self, batch: Batch, handed_in: bool, now_ns: int) -> bool:
        """Tell whether it is our turn, the batch before is out or long overdue, and nobody took this one along."""
        attempt = attempt_at(batch.fixed_at_ms, now_ns)
        if not self._members or leader(self._keys, batch.number, attempt) != self._me.key:
            return False
        # Whoever says so without having done it delays a batch once, however often it says so.
        by_others = any(each.relay != self._me.address for each in batch.submissions)
        if by_others and now_ns - self._told_ns.setdefault(batch.number, now_ns) < DELIVER_AGAIN_NS:
            return False
        return handed_in or now_ns - self._ready_ns.setdefault(batch.number, now_ns) >= HAND_IN_NS

    def _proven(
        self, queue: Queue, batch: Batch, has_header: bool, now_ns: int
    ) -> Generator[Order, None, Deliver | None]:
        """Return the delivery of a batch this relay proved itself; what it did not it asks for."""
        abstract = batch.abstract
        finding = self._notes.under(abstract)
        if finding is None:
            yield from ask(self._notes, queue, abstract.height, abstract.first, abstract.last, now_ns)
            return None
        if not self._notes.confirms(queue, abstract, batch.packet_hashes):
            return None
        delivered = max(self.inbox - abstract.first + 1, 0)
        return Deliver(
            queue=queue,
            number=batch.number,
            attestation=Attestation(abstract=abstract, signatures=self._counting(batch)),
            hashes=batch.packet_hashes,
            packets=finding.packets[delivered:],
            has_header=has_header,
        )

    def _may_deliver(self, batch: Batch, handed_in: bool, now_ns: int) -> bool:
        """Tell whether a delivery is due. One that went out without word of the batch before it may have come too
        early: once all packets before it have arrived it is due again at once, and only then does it rest.
        """
        is_safe = handed_in or self.inbox + 1 >= batch.abstract.first
        return self._pace.take(("deliver", batch.number, is_safe), now_ns, DELIVER_AGAIN_NS)

    def _is_attested(self, batch: Batch) -> bool:
        return self.queue is not None and len(self._counting(batch)) >= self.queue.needed

    def _counting(self, batch: Batch) -> tuple[RelaySignature, ...]:
        """Return the signatures that count at the destination: another one spoils an attestation."""
        signers = self.queue.signers if self.queue is not None else ()
        return tuple([each for each in batch.signatures if each.key in signers and each.key not in self._struck])
