"""Several validators on one machine: what they commit, what each process takes, whether any falls behind."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.beside_comet.loading import Load, Loaded, Pace
from benchmarks.beside_comet.nodes import Node, Plan, make_homes
from benchmarks.beside_comet.people import People
from benchmarks.beside_comet.processes import Reading, read
from qos.client.io.http import HttpTransport
from qos.client.node import status

SENDERS, ACCOUNTS = 10_000, 20_000
WINDOW = 9_000
SATURATING_S = 30.0
LOOK_S = 5.0


@dataclass(slots=True)
class Watched:
    """What was seen of the nodes during a load."""

    behind: int = 0
    resident_mib: list[dict[str, int]] = field(default_factory=list)


def run(folder: Path, validators: int, minutes: float, percent: int) -> dict[str, Any]:
    """Saturate the network for half a minute, then load it with a share of that for minutes."""
    people = People(SENDERS, ACCOUNTS)
    nodes = [Node(home) for home in make_homes(folder, _plan(people), validators)]
    try:
        for node in nodes:
            node.until_ready()
        full = asyncio.run(_saturate(nodes, people))
        rate = full.committed / full.seconds * percent / 100
        before = _readings(nodes)
        steady, watched = asyncio.run(_steady(nodes, people, minutes * 60, rate))
        after = _readings(nodes)
    finally:
        for node in nodes:
            node.stop()
    count = steady.committed
    return {
        "validators": validators,
        "saturated_per_s": round(full.committed / full.seconds),
        "offered_per_s": round(rate),
        "committed_per_s": round(count / steady.seconds),
        "minutes": round(steady.seconds / 60, 1),
        "most_blocks_behind": watched.behind,
        "cpu_ms": [
            {name: round((now.cpu_s[name] - then.cpu_s[name]) * 1_000 / count, 3) for name in now.cpu_s}
            for then, now in zip(before, after, strict=True)
        ],
        "resident_mib_first": watched.resident_mib[:1],
        "resident_mib_last": watched.resident_mib[-1:],
    }


def _plan(people: People) -> Plan:
    return Plan(senders=people.addresses, accounts=ACCOUNTS, settings={})


def _readings(nodes: Sequence[Node]) -> list[Reading]:
    return [read(node.processes) for node in nodes]


async def _saturate(nodes: Sequence[Node], people: People) -> Loaded:
    load = Load(
        _urls(nodes), people.transfers(int(SATURATING_S * WINDOW / 3)), Pace(window=WINDOW, seconds=SATURATING_S)
    )
    loaded = await load.run()
    people.back_to(loaded.sent)
    return loaded


async def _steady(nodes: Sequence[Node], people: People, seconds: float, per_s: float) -> tuple[Loaded, Watched]:
    txs = people.transfers(int(seconds * per_s) + WINDOW)
    load = Load(_urls(nodes), txs, Pace(window=WINDOW, seconds=seconds, per_s=per_s))
    watched = Watched()
    watching = asyncio.create_task(_watch(nodes, watched))
    loaded = await load.run()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return loaded, watched


async def _watch(nodes: Sequence[Node], watched: Watched) -> None:
    while True:
        heights = [await _height(node) for node in nodes]
        watched.behind = max(watched.behind, max(heights) - min(heights))
        found = {f"{node.home.folder.name}.{name}": mib for node in nodes for name, mib in _resident(node).items()}
        watched.resident_mib.append(found)
        await asyncio.sleep(LOOK_S)


def _resident(node: Node) -> dict[str, int]:
    return read(node.processes).resident_mib


async def _height(node: Node) -> int:
    async with HttpTransport(node.engine) as asked:
        return (await asked.send(status())).height


def _urls(nodes: Sequence[Node]) -> list[str]:
    return [node.engine for node in nodes]
