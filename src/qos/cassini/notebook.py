"""What one relay found out about one queue, and what it could not find out for now."""

from qos.base.blocktime import SECOND_NS
from qos.cassini.ballots import Ballot
from qos.cassini.findings import Absent, Queue, Seen, Unknown, fits
from qos.cassini.messages import Found, Inquiry
from qos.cassini.pace import Pace
from qos.proto.records.qos_qcp_v1 import Abstract

KEPT_FINDINGS = 256
KEPT_VERDICTS = 256
ANSWER_NS = 10 * SECOND_NS
"""How long an answer may take before the question is asked again."""
ASK_AGAIN_NS = SECOND_NS
SHUN_NS = 5 * SECOND_NS
"""How long an abstract rests that cannot be judged now; meanwhile others are voted for."""
Place = tuple[int, int, int]


class Notebook:
    """Findings by (height, first, last); `last` 0 stands for as many packets as a batch takes."""

    def __init__(self) -> None:
        """Know nothing."""
        self._seen: dict[Place, Seen] = {}
        self._verdicts: dict[tuple[Abstract, tuple[bytes, ...]], bool] = {}
        self._pace = Pace()

    def at(self, height: int, first: int, last: int = 0) -> Seen | None:
        """Return what was proven there."""
        return self._seen.get((height, first, last))

    def under(self, abstract: Abstract) -> Seen | None:
        """Return what was proven at the place of an abstract, whether or not it says the same."""
        return self.at(abstract.height, abstract.first, abstract.last)

    def question(self, queue: Queue, height: int, first: int, last: int, now_ns: int) -> Inquiry | None:
        """Return the inquiry about a place, unless it was asked a moment ago."""
        if not self._pace.take((height, first, last), now_ns, ANSWER_NS):
            return None
        return Inquiry(queue=queue, height=height, first=first, last=last)

    def learn(self, found: Found, now_ns: int) -> None:
        """Take in an answer."""
        asked, finding = found.inquiry, found.finding
        place = (asked.height, asked.first, asked.last)
        self._pace.rest(place, now_ns, ASK_AGAIN_NS if asked.last == 0 else SHUN_NS)
        match finding:
            case Seen():
                for each in (place, (asked.height, finding.first, finding.last)):
                    self._seen.pop(each, None)
                    self._seen[each] = finding
                while len(self._seen) > KEPT_FINDINGS:
                    del self._seen[next(iter(self._seen))]
            case Unknown() | Absent():
                self._pace.rest(("shun", place), now_ns, SHUN_NS)

    def confirms(self, queue: Queue, abstract: Abstract, hashes: tuple[bytes, ...]) -> bool:
        """Tell whether an abstract says exactly what was proven at its place, within the limits of a batch."""
        finding = self.under(abstract)
        if finding is None:
            return False
        known = self._verdicts.get((abstract, hashes))
        if known is None:
            known = finding.abstract(queue) == abstract and finding.hashes == hashes and fits(finding.packets)
            self._verdicts[abstract, hashes] = known
            if len(self._verdicts) > KEPT_VERDICTS:
                del self._verdicts[next(iter(self._verdicts))]
        return known

    def may_be_true(self, queue: Queue, ballot: Ballot, now_ns: int) -> bool:
        """Tell whether a ballot is true or may be: refuted ones and those that cannot be judged now are neither."""
        if self.under(ballot.abstract) is not None:
            return self.confirms(queue, ballot.abstract, ballot.hashes)
        return not self.is_shunned(ballot.abstract, now_ns)

    def is_shunned(self, abstract: Abstract, now_ns: int) -> bool:
        """Tell whether nothing could be proved at the place of an abstract a moment ago."""
        place = (abstract.height, abstract.first, abstract.last)
        return self.under(abstract) is None and self._pace.rests(("shun", place), now_ns)
