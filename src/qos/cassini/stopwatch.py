"""How long packets of one route wait and how long each stage of a batch takes, as one relay learned of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qos.base.blocktime import MILLISECOND_NS
from qos.proto.records.qos_relay_v1 import Batch

REMEMBERED_TIMES = 256
"""Batches the quantiles are over."""
MAX_MARKS = 1_024
MAX_BATCHES = 64


class Stage(StrEnum):
    """A part of a batch's way; `WHOLE` is all of it."""

    AGREE = "agree"
    SIGN = "sign"
    DELIVER = "deliver"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """Quantiles of a stage over the newest batches, in nanoseconds, and how many batches there were in all."""

    stage: Stage
    p50_ns: int
    p95_ns: int
    count: int


@dataclass(slots=True, kw_only=True)
class _Progress:
    last: int
    fixed_ns: int
    attested_ns: int | None = None


class Stopwatch:
    """Remembers when sequences were first heard of, and the newest batches' times."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.outbox = self.inbox = 0
        self._sent: deque[tuple[int, int]] = deque(maxlen=MAX_MARKS)
        self._received: deque[tuple[int, int]] = deque(maxlen=MAX_MARKS)
        self._batches: dict[int, _Progress] = {}
        self._times: dict[Stage, deque[int]] = {stage: deque(maxlen=REMEMBERED_TIMES) for stage in Stage}
        self._done: dict[int, None] = {}
        self._count = 0
        self._is_new = True

    @property
    def depth(self) -> int:
        """Return how many packets wait."""
        return max(self.outbox - self.inbox, 0)

    def sent(self, outbox: int, now_ns: int) -> None:
        """Learn how far the outbox is."""
        if outbox > self.outbox:
            self.outbox = outbox
            self._sent.append((outbox, now_ns))

    def received(self, inbox: int, now_ns: int) -> None:
        """Learn how far the inbox is; what it held when first asked arrived before anybody watched."""
        if self._is_new:
            self.inbox, self._is_new = inbox, False
        if inbox > self.inbox:
            self.inbox = inbox
            self._received.append((inbox, now_ns))
            self._close()

    def batch(self, batch: Batch, *, attested: bool, now_ns: int) -> None:
        """Learn of a batch, again and again."""
        known = self._batches.get(batch.number)
        if known is None:
            if batch.number in self._done:
                return
            known = _Progress(last=batch.abstract.last, fixed_ns=batch.fixed_at_ms * MILLISECOND_NS)
            self._batches[batch.number] = known
            while len(self._batches) > MAX_BATCHES:
                del self._batches[next(iter(self._batches))]
        if attested and known.attested_ns is None:
            known.attested_ns = now_ns
        self._close()

    def oldest_age_ns(self, now_ns: int) -> int:
        """Return how long the oldest waiting packet has been known to wait, 0 when none waits."""
        if not self.depth:
            return 0
        heard = next((at for outbox, at in self._sent if outbox > self.inbox), now_ns)
        return max(now_ns - heard, 0)

    def times(self) -> Iterator[StageTimes]:
        """Yield the quantiles of every stage that was ever passed."""
        for stage, durations in self._times.items():
            if durations:
                ordered = sorted(durations)
                yield StageTimes(
                    stage=stage,
                    p50_ns=ordered[len(ordered) // 2],
                    p95_ns=ordered[len(ordered) * 95 // 100],
                    count=self._count,
                )

    def _arrival(self, sequence: int) -> int:
        """Return when a sequence was received, 0 when that was too long ago or is not yet."""
        return next((at for inbox, at in self._received if inbox >= sequence), 0)

    def _close(self) -> None:
        """Book the batches that are delivered and whose signatures were seen."""
        for number, known in tuple(self._batches.items()):
            if known.last > self.inbox or known.attested_ns is None:
                continue
            del self._batches[number]
            self._done[number] = None
            while len(self._done) > REMEMBERED_TIMES:
                del self._done[next(iter(self._done))]
            arrived = self._arrival(known.last)
            heard = next((at for outbox, at in self._sent if outbox >= known.last), 0)
            if not arrived or not heard:
                continue
            attested = min(known.attested_ns, arrived)
            fixed = min(max(known.fixed_ns, heard), attested)
            for stage, begin, end in (
                (Stage.AGREE, heard, fixed),
                (Stage.SIGN, fixed, attested),
                (Stage.DELIVER, attested, arrived),
                (Stage.WHOLE, heard, arrived),
            ):
                self._times[stage].append(max(end - begin, 0))
            self._count += 1
