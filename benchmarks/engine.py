"""A chain on CometBFT under load: what it commits, what each of its processes takes, how long a transfer waits.

Real nodes on loopback, made for the run: application, engine and edges as `qos node start` runs them. Transfers are
signed before the clock starts and handed in at the engine's port, or at ours with `--through edges`. CPU figures are
those of the processes from the first request to the last commit, and stand still while other load makes the rest vary.

Disk is what the folders grow by meanwhile, `of_which` by part. Here the state still comes to all the versions it keeps
(100), which is counted too; `--disk` tells what a chain that has come so far grows by.

Without options: one validator, 100 000 accounts, blocks a second apart, as fast as it takes them. Else one of
`--validators N [--minutes M] [--share P or --rate R]`, `--latency`, `--disk`, `--block-sync COUNT`.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.beside_comet import crowd, disk, late, latency
from benchmarks.beside_comet.loading import Loaded, Pace, committed_load, latencies_ms, share
from benchmarks.beside_comet.nodes import Node, Plan, make_homes
from benchmarks.beside_comet.people import People
from benchmarks.beside_comet.processes import peak_of, read

SENDERS = 10_000
WINDOW = 9_000
PROBES = 20
PROBES_S = 6.0


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Load one validator and return the figures."""
    people = People(min(SENDERS, options.accounts // 2), options.accounts)
    settings = {"block_ms": options.block_ms}
    plan = Plan(
        senders=people.addresses, accounts=options.accounts, settings=settings, keep_versions=options.keep_versions
    )
    homes = make_homes(folder, plan, 1)
    txs = people.transfers(options.transfers)
    probes = people.transfers(PROBES)
    node = Node(homes[0])
    try:
        node.until_ready()
        url = node.edges if options.through == "edges" else node.engine
        if options.warm:
            txs = txs[_loaded(url, txs, people, options.warm, options.rate).sent :]
        before, parts = read(node.processes), disk.parts_of(node)
        loaded = _loaded(url, txs, people, options.seconds, options.rate)
        after = read(node.processes)
        grown = {name: taken - parts[name] for name, taken in disk.parts_of(node).items()}
        peaks = {name: peak_of(pid) for name, pid in node.processes.items()}
        waits = asyncio.run(latencies_ms(url, (txs + probes)[loaded.sent :][:PROBES], PROBES_S))
    finally:
        node.stop()
    count = loaded.committed
    spent = {name: round((after.cpu_s[name] - before.cpu_s[name]) * 1_000 / count, 3) for name in after.cpu_s}
    busy = after.machine_s - before.machine_s - sum(after.cpu_s[name] - before.cpu_s[name] for name in after.cpu_s)
    return {
        "committed_per_s": round(count / loaded.seconds),
        "app_cpu_ms": spent["app"],
        "engine_cpu_ms": spent["engine"],
        "edges_cpu_ms": spent["edges"],
        "p50_ms": share(waits, 50),
        "p95_ms": share(waits, 95),
        "disk_mb_per_100k": disk.mb_per_100k(sum(grown.values()), count),
        "of_which": {name: disk.mb_per_100k(each, count) for name, each in grown.items()},
        "committed": count,
        "blocks": len(loaded.blocks),
        "largest_block": max(each for _, each in loaded.blocks),
        "peak_mib": peaks,
        "other_cpu_s": round(busy, 1),
        "seconds": round(loaded.seconds, 1),
    }


def _loaded(url: str, txs: list[bytes], people: People, seconds: float, per_s: float) -> Loaded:
    pace = Pace(window=WINDOW, seconds=seconds, senders=len(people), per_s=per_s)
    return asyncio.run(committed_load(url, txs, pace))


def _chosen(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    if options.latency:
        return latency.run(folder)
    if options.disk:
        return disk.run(folder)
    if options.block_sync:
        return late.run(folder, options.block_sync)
    if options.validators:
        return crowd.run(folder, crowd.Wish(options.validators, options.minutes, options.share, options.rate))
    return run(options, folder)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--transfers", type=int, default=60_000, help="signed beforehand")
    parser.add_argument("--seconds", type=float, default=12, help="how long to send")
    parser.add_argument("--rate", type=float, default=0, help="transfers a second at most; 0: as many as it takes")
    parser.add_argument(
        "--warm",
        type=float,
        default=0,
        help="seconds of load before, in which the state comes to keep all its versions",
    )
    parser.add_argument("--keep-versions", type=int, default=100, help="of the state")
    parser.add_argument("--block-ms", type=int, default=1_000)
    parser.add_argument("--through", choices=("engine", "edges"), default="engine", help="whose RPC takes them")
    parser.add_argument("--validators", type=int, default=0, help="how many on this machine, loaded for minutes")
    parser.add_argument("--minutes", type=float, default=10.0, help="with --validators: how long")
    parser.add_argument("--share", type=int, default=60, help="with --validators: percent of what saturates them")
    parser.add_argument("--latency", action="store_true", help="of single transfers, beside the engine's kvstore")
    parser.add_argument("--disk", action="store_true", help="taken by a chain whose state stands still")
    parser.add_argument("--block-sync", type=int, default=0, help="transfers a new node takes in from another")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qos-engine-") as folder:
        figures = _chosen(options, Path(folder))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>18} {value}")


if __name__ == "__main__":
    main()
