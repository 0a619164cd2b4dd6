"""What the QCP benchmark tells while it runs: figures of each span of time, so that a slope is seen."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qos.client.io.http import HttpTransport
from qos.testing.qcp_load import CHAIN, DESTINATION
from qos.testing.qcp_measure import queue

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far everything was at one moment: packets sent and received, requests answered, CPU by stage."""

    at_s: float
    sent: int
    received: int
    answered: int
    cpu_s: Mapping[str, float]
    resident_mb: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The two chains packets go between, and the processes of each stage."""

    source: HttpTransport
    destination: HttpTransport
    stages: Mapping[str, tuple[int, ...]]

    async def read(self) -> Reading:
        """Look at everything once."""
        there = await queue(self.source, DESTINATION)
        here = await queue(self.destination, CHAIN)
        return Reading(
            at_s=time.monotonic(),
            sent=there.outbox,
            received=here.inbox,
            answered=there.inbox,
            cpu_s={stage: cpu_s(pids) for stage, pids in self.stages.items()},
            resident_mb={stage: sum(map(_resident_mb, pids)) for stage, pids in self.stages.items()},
        )

    async def spans(self, every_s: int) -> AsyncIterator[str]:
        """Yield the figures of one span after the other, without end."""
        before = await self.read()
        started_s = before.at_s
        while True:
            await asyncio.sleep(every_s)
            now = await self.read()
            yield f"{now.at_s - started_s:6.0f} s: {_figures(before, now)}"
            before = now


def cpu_s(pids: tuple[int, ...]) -> float:
    """Return the CPU time processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_A_SECOND


def _resident_mb(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def _figures(before: Reading, now: Reading) -> str:
    """Return the figures of a span; a packet is done when its result is home, so half of it is each way."""
    received, answered = now.received - before.received, now.answered - before.answered
    done = (received + answered) / 2 or 1
    stages = [
        f"{stage} {(used - before.cpu_s[stage]) * 1_000 / done:.2f} ms {now.resident_mb[stage]} MB"
        for stage, used in now.cpu_s.items()
    ]
    whole = sum(now.cpu_s.values()) - sum(before.cpu_s.values())
    rate = received / (now.at_s - before.at_s)
    return (
        f"{now.received} received ({rate:.1f}/s), {now.sent - now.received} wait, {now.received - now.answered} results"
        f" wait; CPU a packet {whole * 1_000 / done:.2f} ms ({', '.join(stages)})"
    )
