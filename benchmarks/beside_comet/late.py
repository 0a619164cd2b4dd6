"""How fast a new node takes in blocks that others made before.

The clock starts when the new node's engine does and stops when the last block with transfers is executed: an engine
saves a block, and tells its height, before the application executes it, so the next height is waited for. An engine
asks nobody for blocks in its first three seconds (`peerConnWait`), however many there are: `waited_s` is the time until
it saved the first one, `behind_it_tx_per_s` the rate from there on.

Blocks are executed one after the other by one thread of the application, whose processor time is told, genesis
included; signatures are mostly another's. Both nodes are on this machine, so what serves the blocks takes processor
time beside what takes them in; on two cores that bounds the rate.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.beside_comet.loading import TIMEOUT_MS, Load, Pace
from benchmarks.beside_comet.nodes import Node, Plan, join, make_homes
from benchmarks.beside_comet.people import People
from benchmarks.beside_comet.processes import busiest_thread_of, read
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.node import status

SENDERS, ACCOUNTS = 5_000, 10_000
WINDOW = 9_000
DEADLINE_S = 3_600.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A height at which a node was seen, and how many seconds after the start."""

    height: int
    at_s: float


def run(folder: Path, transfers: int) -> dict[str, Any]:
    """Commit transfers on one validator, then let a node join it; returns how fast that one came up."""
    people = People(SENDERS, ACCOUNTS)
    plan = Plan(senders=people.addresses, accounts=ACCOUNTS, settings={})
    validator = Node(make_homes(folder, plan, 1)[0])
    try:
        validator.until_ready()
        pace = Pace(window=WINDOW, seconds=DEADLINE_S, senders=len(people))
        load = Load([validator.engine], people.transfers(transfers), pace)
        committed = asyncio.run(load.run()).committed
        aim = asyncio.run(_height(validator.engine))
        beside = Before(validator)
        late = Node(join(folder / "late", plan, validator.home))
        try:
            late.until_engine_listens()
            before = Before(late)
            seen = asyncio.run(_until(late.engine, aim + 1))
            spent = before.spent_ms(committed)
            machine_ms = round(busiest_thread_of(late.processes["app"]) * 1_000 / committed, 3)
        finally:
            late.stop()
        served = beside.spent_ms(committed)
    finally:
        validator.stop()
    took = seen[-1].at_s
    return {
        "sync_tx_per_s": round(committed / took),
        "transfers": committed,
        "blocks": aim,
        "seconds": round(took, 1),
        "waited_s": round(seen[0].at_s, 1),
        "behind_it_tx_per_s": round(committed / max(took - seen[0].at_s, POLL_S)),
        "cpu_ms": spent,
        "app_busiest_thread_ms": machine_ms,
        "cpu_ms_of_who_serves": served,
        "heights_at_s": [(one.height, round(one.at_s, 1)) for one in seen],
    }


class Before:
    """What a node's processes had taken at some moment; edges that start later count from their start."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._cpu_s = read(node.processes).cpu_s

    def spent_ms(self, transfers: int) -> dict[str, float]:
        """Return what they took since, in ms of CPU a transfer."""
        now = read(self._node.processes).cpu_s
        return {name: round((now[name] - self._cpu_s.get(name, 0.0)) * 1_000 / transfers, 3) for name in now}


async def _height(url: str) -> int:
    async with HttpTransport(url, timeout_ms=TIMEOUT_MS) as node:
        return (await node.send(status())).height


async def _until(url: str, height: int) -> list[Seen]:
    """Return what was seen of a node that begins until it has a height."""
    seen: list[Seen] = []
    began = time.perf_counter()
    async with HttpTransport(url, timeout_ms=TIMEOUT_MS) as node:
        while not seen or seen[-1].height < height:
            try:
                found = (await node.send(status())).height
            except ClientError:
                found = 0  # it does not answer while it begins
            if found > (seen[-1].height if seen else 0):
                seen.append(Seen(height=found, at_s=time.perf_counter() - began))
            await asyncio.sleep(POLL_S)
    return seen
