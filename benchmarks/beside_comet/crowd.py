"""Validators on one machine for minutes: what they commit, what each process takes, whether any falls behind.

Half a minute of all they take says how much that is; once all stand at a fresh block again, a share of it is offered
for minutes, or a rate of one's own choice at once. A line a minute tells how old the newest block became, how much
waited, and every process's memory.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.beside_comet.loading import Load, Loaded, Pace
from benchmarks.beside_comet.nodes import Node, Plan, make_homes
from benchmarks.beside_comet.people import People
from benchmarks.beside_comet.processes import Reading, memory_of, read
from qos.client.errors import Unreachable
from qos.client.io.http import HttpTransport
from qos.client.node import status

SENDERS, ACCOUNTS = 10_000, 20_000
WINDOW = 9_000
SATURATING_S = 30.0
LOOK_S = 1.0
FRESH_S, SETTLED_DEADLINE_S = 3.0, 300.0
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Wish:
    """How many validators, for how long, under how much: percent of what saturates them, or transfers a second."""

    validators: int
    minutes: float
    percent: int
    per_s: float


@dataclass(slots=True)
class Minute:
    """What was seen within a minute: the worst of it, and at its end the memory by node and program, in MiB."""

    minute: int
    committed: int = 0
    oldest_block_s: float = 0.0
    blocks_behind: int = 0
    most_waiting: int = 0
    memory_mib: dict[str, dict[str, int]] = field(default_factory=dict)

    def line(self) -> str:
        """Say it for whoever waits."""
        own = {name: each["own"] for name, each in self.memory_mib.items()}
        return (
            f"minute {self.minute}: {self.committed} committed, oldest newest block {self.oldest_block_s:.1f} s, "
            f"{self.blocks_behind} behind, {self.most_waiting} waiting, own MiB {own}"
        )


def run(folder: Path, wish: Wish) -> dict[str, Any]:
    """Run the validators and return the figures."""
    people = People(SENDERS, ACCOUNTS)
    plan = Plan(senders=people.addresses, accounts=ACCOUNTS, settings={})
    nodes = [Node(home) for home in make_homes(folder, plan, wish.validators)]
    try:
        for node in nodes:
            node.until_ready()
        found: dict[str, Any] = {"validators": wish.validators}
        per_s = wish.per_s
        if not per_s:
            full = asyncio.run(_saturate(nodes, people))
            found["saturated_per_s"] = round(full.committed / full.seconds)
            per_s = full.committed / full.seconds * wish.percent / 100
        before = _readings(nodes)
        steady, minutes = asyncio.run(_steady(nodes, people, wish.minutes * MINUTE_S, per_s))
        after = _readings(nodes)
    finally:
        for node in nodes:
            node.stop()
    count = steady.committed
    return {
        **found,
        "offered_per_s": round(per_s),
        "committed_per_s": round(count / steady.seconds),
        "refused": steady.refused,
        "minutes": round(steady.seconds / MINUTE_S, 1),
        "oldest_block_s": max(each.oldest_block_s for each in minutes),
        "most_blocks_behind": max(each.blocks_behind for each in minutes),
        "cpu_ms": [
            {name: round((now.cpu_s[name] - then.cpu_s[name]) * 1_000 / count, 3) for name in now.cpu_s}
            for then, now in zip(before, after, strict=True)
        ],
        "own_mib_grown_in_second_half": _grown(minutes),
        "by_minute": [asdict(each) for each in minutes],
    }


def _grown(minutes: Sequence[Minute]) -> dict[str, int]:
    """Return how much each program's own memory grew after half of the time, in MiB."""
    half, last = minutes[len(minutes) // 2].memory_mib, minutes[-1].memory_mib
    return {name: last[name]["own"] - half[name]["own"] for name in last}


def _readings(nodes: Sequence[Node]) -> list[Reading]:
    return [read(node.processes) for node in nodes]


async def _saturate(nodes: Sequence[Node], people: People) -> Loaded:
    pace = Pace(window=WINDOW, seconds=SATURATING_S, senders=len(people))
    load = Load(_urls(nodes), people.transfers(int(SATURATING_S * WINDOW / 3)), pace)
    loaded = await load.run()
    people.back_to(loaded.sent)
    return loaded


async def _steady(nodes: Sequence[Node], people: People, seconds: float, per_s: float) -> tuple[Loaded, list[Minute]]:
    txs = people.transfers(int(seconds * per_s) + WINDOW)
    pace = Pace(window=WINDOW, seconds=seconds, senders=len(people), per_s=per_s)
    load = Load(_urls(nodes), txs, pace)
    minutes: list[Minute] = []
    watching = asyncio.create_task(_watch(nodes, load.loaded, minutes))
    loaded = await load.run()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return loaded, minutes


async def _settled(nodes: Sequence[Node]) -> None:
    """Wait until all have a fresh block: what saturated them is no part of what follows. Exits when one gets none."""
    end = time.monotonic() + SETTLED_DEADLINE_S
    while time.monotonic() < end:
        seen = [await _newest(node) for node in nodes]
        if all(found is not None and found[1] < FRESH_S for found in seen):
            return
        await asyncio.sleep(LOOK_S)
    sys.exit(f"the validators did not come to rest within {SETTLED_DEADLINE_S} s")


async def _watch(nodes: Sequence[Node], loaded: Loaded, minutes: list[Minute]) -> None:
    """Look every second; a minute is told when it is over."""
    began = time.monotonic()
    while True:
        number = int((time.monotonic() - began) // MINUTE_S) + 1
        if not minutes or minutes[-1].minute != number:
            for each in minutes[-1:]:
                print(each.line(), file=sys.stderr, flush=True)
            minutes.append(Minute(number))
        await _look(nodes, loaded, minutes[-1])
        minutes[-1].committed = loaded.committed - sum(each.committed for each in minutes[:-1])
        await asyncio.sleep(LOOK_S)


async def _look(nodes: Sequence[Node], loaded: Loaded, minute: Minute) -> None:
    minute.most_waiting = max(minute.most_waiting, loaded.sent - loaded.committed)
    seen = [found for node in nodes if (found := await _newest(node)) is not None]
    if seen:
        heights = [height for height, _ in seen]
        minute.blocks_behind = max(minute.blocks_behind, max(heights) - min(heights))
        minute.oldest_block_s = round(max(minute.oldest_block_s, *(age_s for _, age_s in seen)), 2)
    minute.memory_mib = {
        f"{node.home.folder.name}.{name}": asdict(memory_of(pid)) for node in nodes for name, pid in _pids(node)
    }


def _pids(node: Node) -> list[tuple[str, int]]:
    return sorted(node.processes.items())


async def _newest(node: Node) -> tuple[int, float] | None:
    """Return a node's height and how many seconds ago its newest block was made; None when it is too busy to say."""
    with suppress(Unreachable):
        async with HttpTransport(node.engine) as asked:
            found = await asked.send(status())
            return found.height, time.time() - found.time_ns / 1e9
    return None


def _urls(nodes: Sequence[Node]) -> list[str]:
    return [node.engine for node in nodes]
