"""How fast a new node takes in blocks that others made before."""

import asyncio
import time
from pathlib import Path
from typing import Any

from benchmarks.beside_comet.loading import TIMEOUT_MS, Load, Pace
from benchmarks.beside_comet.nodes import Node, Plan, join, make_homes
from benchmarks.beside_comet.people import People
from benchmarks.beside_comet.processes import read
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.node import status

SENDERS, ACCOUNTS = 5_000, 10_000
WINDOW = 9_000
DEADLINE_S = 3_600.0
POLL_S = 0.05


def run(folder: Path, transfers: int) -> dict[str, Any]:
    """Commit transfers on one validator, then let a node join it; returns how fast that one came up."""
    people = People(SENDERS, ACCOUNTS)
    plan = Plan(senders=people.addresses, accounts=ACCOUNTS, settings={})
    validator = Node(make_homes(folder, plan, 1)[0])
    try:
        validator.until_ready()
        load = Load([validator.engine], people.transfers(transfers), Pace(window=WINDOW, seconds=DEADLINE_S))
        committed = asyncio.run(load.run()).committed
        aim = validator.height
        began = time.perf_counter()
        late = Node(join(folder / "late", plan, validator.home))
        try:
            late.until_engine_listens()
            took = asyncio.run(_until(late.engine, aim, began))
            spent = read(late.processes).cpu_s
        finally:
            late.stop()
    finally:
        validator.stop()
    return {
        "transfers": committed,
        "blocks": aim,
        "seconds": round(took, 1),
        "transfers_per_s": round(committed / took),
        "cpu_ms": {name: round(spent[name] * 1_000 / committed, 3) for name in spent},
    }


async def _until(url: str, height: int, began: float) -> float:
    """Return the seconds until a node has a height."""
    async with HttpTransport(url, timeout_ms=TIMEOUT_MS) as node:
        while True:
            try:
                if (await node.send(status())).height >= height:
                    return time.perf_counter() - began
            except ClientError:
                pass  # it does not answer while it begins
            await asyncio.sleep(POLL_S)
