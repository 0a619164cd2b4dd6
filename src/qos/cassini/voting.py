"""Round one of one queue: which packets a relay votes, under which header, span behind span.

Everything follows from what was read last: votes that stand, what was proven, how far the source is.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.cassini.ballots import ballots, voted_by
from qos.cassini.findings import Queue, Seen
from qos.cassini.messages import CastVote, Inquiry, Order
from qos.cassini.notebook import Notebook
from qos.cassini.pace import Pace
from qos.modules.crosschain.qcp.attestation import MAX_BATCH
from qos.proto.records.qos_qcp_v1 import Abstract
from qos.proto.records.qos_relay_v1 import Member, MsgObserve, Vote

MAX_HEADER_LAG = 16
MAX_VOTE_LAG = 32
"""How many blocks a header may lie behind to be voted, and to be still voted: sources prove old ones only so long."""
COMMON_STEP = 8
SEND_AGAIN_NS = 3 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a source is: its outbox, its newest block, the first block whose header proves the whole outbox."""

    outbox: int
    head: int
    provable: int


class Voting:
    """What a relay votes on one queue."""

    def __init__(self, me: Address, notes: Notebook) -> None:
        """Know of no votes yet."""
        self._me = me
        self._notes = notes
        self._pace = Pace()
        self._heights: dict[int, int] = {}
        self._members: tuple[Member, ...] = ()
        self._votes: tuple[Vote, ...] = ()
        self._reach = Reach(outbox=0, head=0, provable=0)

    def learn(self, members: tuple[Member, ...], votes: tuple[Vote, ...]) -> None:
        """Take in who votes and what."""
        self._members, self._votes = members, votes

    def orders(
        self, queue: Queue, reach: Reach, first: int, before: Seen | None, spans: int, now_ns: int
    ) -> Iterator[Order]:
        """Vote up to so many spans from `first` on, one behind another: none waits for those before it.

        `before` is what was proven of the packets before the first.
        """
        self._reach = reach
        self._heights = {place: height for place, height in self._heights.items() if place >= first}
        if not self._members:
            return
        for _ in range(spans):
            if reach.outbox < first:
                return
            before = yield from self._vote(queue, first, before, now_ns)
            if before is None:
                return
            first = before.last + 1

    def _vote(self, queue: Queue, first: int, before: Seen | None, now_ns: int) -> Generator[Order, None, Seen | None]:
        """Vote the packets from `first` on; returns what was proven of those this relay votes for, once it does."""
        found = [each for each in ballots(self._votes, self._members, queue, first) if self._is_fresh(each.abstract)]
        best = next((each for each in found if self._notes.may_be_true(queue, each, now_ns)), None)
        if best is None:
            if voted_by(found, self._me) is not None:
                return None
            return (yield from self._own_vote(queue, first, before, now_ns))
        abstract = best.abstract
        finding = self._notes.under(abstract)
        if finding is None:
            yield from ask(self._notes, queue, abstract.height, first, abstract.last, now_ns)
        elif self._me not in best.voters:
            yield from self._cast(queue, finding, now_ns)
        return finding

    def _own_vote(
        self, queue: Queue, first: int, before: Seen | None, now_ns: int
    ) -> Generator[Order, None, Seen | None]:
        height = self._chosen_height(first, before, now_ns)
        finding = self._notes.at(height, first)
        if finding is not None:
            yield from self._cast(queue, finding, now_ns)
        elif height:
            yield from ask(self._notes, queue, height, first, 0, now_ns)
        return finding

    def _chosen_height(self, first: int, before: Seen | None, now_ns: int) -> int:
        """Keep to one header a while, so that a source in motion does not make a relay vote again and again."""
        if self._pace.take(("height", first), now_ns, SEND_AGAIN_NS) or not self._heights.get(first):
            self._heights[first] = self._height_for(first, before)
        return self._heights[first]

    def _height_for(self, first: int, before: Seen | None) -> int:
        """Stay with the header of the packets before while it proves a full batch more: the destination has it then.

        Else take the first header that proves the newest packets, once it is there, or a later one, the same for all
        who look now; 0 is to wait.
        """
        if before is not None and before.outbox - first + 1 >= MAX_BATCH:
            height = before.header.height
            if self._reach.head - height <= MAX_HEADER_LAG:
                return height
        if self._reach.provable > self._reach.head:
            return 0
        if self._reach.head - self._reach.provable <= MAX_HEADER_LAG:
            return self._reach.provable
        return self._reach.head - self._reach.head % COMMON_STEP

    def _is_fresh(self, abstract: Abstract) -> bool:
        """Tell whether a vote's header is not so old that a relay just started might never prove it."""
        return self._reach.head - abstract.height <= MAX_VOTE_LAG

    def _cast(self, queue: Queue, finding: Seen, now_ns: int) -> Iterator[Order]:
        abstract = finding.abstract(queue)
        if self._pace.take(("vote", abstract), now_ns, SEND_AGAIN_NS):
            yield CastVote(
                message=MsgObserve(
                    relay=self._me,
                    source_chain=queue.route.source,
                    destination_chain=queue.route.destination,
                    abstract=abstract,
                    packet_hashes=finding.hashes,
                )
            )


def ask(notes: Notebook, queue: Queue, height: int, first: int, last: int, now_ns: int) -> Iterator[Inquiry]:
    """Ask for packets at a height, unless that was done a moment ago; `last` 0 means as many as one batch takes."""
    inquiry = notes.question(queue, height, first, last, now_ns)
    if inquiry is not None:
        yield inquiry
