"""`python -m tools.chaos [--seed N] [--rounds N] [--only NAME ...]`: run the faults and write the report."""

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qos.engine.cometbft.io.program import find_engine
from tools.chaos import group_faults, lone_faults
from tools.chaos.checks import AT_TIP_S, Ledger
from tools.chaos.group_faults import Outcome, World
from tools.chaos.load import Load
from tools.chaos.nets import ChaosFailed, Net
from tools.chaos.reports import add_options, reporting, say

REPORT = Path("build/chaos.json")
ROUNDS = 50


def main() -> int:
    """Run; returns 1 when something that must hold did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often one of four nodes is killed")
    parser.add_argument("--only", nargs="*", default=[], help="names of faults: " + ", ".join([*GROUP, *LONE]))
    add_options(parser, REPORT)
    arguments = parser.parse_args()
    version = str(find_engine().version)
    chosen = arguments.only or [*GROUP, *LONE]
    print(f"seed {arguments.seed}, CometBFT {version}", flush=True)
    report: dict[str, Any] = {"seed": arguments.seed, "engine": version, "faults": []}
    with reporting(report, arguments, name="chaos", failures=(ChaosFailed,)) as folder:
        group(folder, arguments.seed, arguments.rounds, [name for name in chosen if name in GROUP], report)
        for name in [name for name in chosen if name in LONE]:
            note(report, LONE[name](folder / name, random.Random(arguments.seed), say))
    return 1 if report["failure"] else 0


def group(folder: Path, seed: int, rounds: int, names: list[str], report: dict[str, Any]) -> None:
    """Run the faults of a group under load, one after the other, and settle the transactions at the end."""
    if not names:
        return
    net = Net(folder / "group", 4)
    try:
        net.start()
        ledger = Ledger(net)
        load = Load([node.url for node in net.nodes], net.people, seed)
        world = World(net, ledger, random.Random(seed), say)
        for name in names:
            say(name)
            note(report, GROUP[name](world, rounds))
            ledger.compare()
        load.stop()
        report["transactions"] = ledger.settle(load.sent)
        report["heights_compared"] = ledger.heights
    finally:
        net.close()


def note(report: dict[str, Any], outcome: Outcome) -> None:
    """Put an outcome into the report."""
    slowest = max(outcome.back_s, default=0.0)
    entry = {
        "fault": outcome.name,
        "rounds": outcome.rounds,
        "slowest_s": slowest,
        "within_10_s": sum(1 for each in outcome.back_s if each <= AT_TIP_S),
        "back_s": list(outcome.back_s),
        "seen": outcome.seen,
    }
    report["faults"].append(entry)
    say(f"  {outcome.name}: {outcome.rounds} rounds, slowest way back {slowest} s. {outcome.seen}")


GROUP: dict[str, Callable[[World, int], Outcome]] = {
    "kill": group_faults.kill_one,
    "two-down": lambda world, rounds: group_faults.two_down(world),
    "pause": lambda world, rounds: group_faults.pause(world),
    "partition": lambda world, rounds: group_faults.partition(world),
}
LONE = lone_faults.FAULTS


if __name__ == "__main__":
    sys.exit(main())
