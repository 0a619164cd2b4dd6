"""What a chain takes of the disk for its transfers, by part, once old versions of its state go as new ones come.

A state grows until it has all the versions it keeps and pruning, which is spread over 256 blocks, keeps up; then dead
nodes make room for new ones. Before that, the figure would count what is given back later. So few versions are kept
here, blocks come quickly, and what is counted begins behind as many of them as the state needs to stand still.

What grows for ever are blocks, results and the index, at the same rate whatever the blocks; the log of messages grows
to 1 GB and then stands still. The engine's tables are merged when it likes: that is some MB more or less, hence many
transfers.
"""

import asyncio
from pathlib import Path
from typing import Any

from benchmarks.beside_comet.loading import Pace, committed_load
from benchmarks.beside_comet.nodes import Node, Plan, make_homes
from benchmarks.beside_comet.people import People
from benchmarks.beside_comet.processes import occupied

ENGINE_PARTS = {"blocks": "blockstore.db", "index": "tx_index.db", "results": "state.db", "messages": "cs.wal"}
"""Folders of the engine by what they hold."""

SENDERS, ACCOUNTS = 5_000, 10_000
KEPT, BLOCK_MS = 5, 200
SETTLED_AT = 360
"""Height behind which the state stands still."""

PER_S, COUNTED = 1_500.0, 100_000
TURN = 2_000
WINDOW = 4_000
DEADLINE_S = 600.0


def run(folder: Path) -> dict[str, Any]:
    """Return what one validator takes for 100 000 transfers."""
    people = People(SENDERS, ACCOUNTS)
    plan = Plan(senders=people.addresses, accounts=ACCOUNTS, settings={"block_ms": BLOCK_MS}, keep_versions=KEPT)
    node = Node(make_homes(folder, plan, 1)[0])
    try:
        node.until_ready()
        while node.height < SETTLED_AT:
            _load(node, people, TURN)
        before, began = parts_of(node), node.height
        _load(node, people, COUNTED)
        grown = {name: taken - before[name] for name, taken in parts_of(node).items()}
        ended = node.height
    finally:
        node.stop()
    return {
        "disk_mb_per_100k": mb_per_100k(sum(grown.values()), COUNTED),
        "of_which": {name: mb_per_100k(each, COUNTED) for name, each in grown.items()},
        "state_mb": round(before["state"] / 1e6, 1),
        "committed": COUNTED,
        "heights": [began, ended],
    }


def _load(node: Node, people: People, count: int) -> None:
    pace = Pace(window=WINDOW, seconds=DEADLINE_S, senders=len(people), per_s=PER_S)
    asyncio.run(committed_load(node.engine, people.transfers(count), pace))


def parts_of(node: Node) -> dict[str, int]:
    """Return the bytes that each part of a node takes on the disk."""
    engine = node.home.comet_data_folder
    folders = {"state": node.home.state_folder} | {name: engine / part for name, part in ENGINE_PARTS.items()}
    return {name: occupied(folder) for name, folder in folders.items()}


def mb_per_100k(size: int, count: int) -> float:
    """Return bytes taken for some transfers as MB for 100 000."""
    return round(size / 1e6 * 100_000 / count, 1)
