"""`python -m tools.life [--ratio R] [--report FILE]`: live the life and write the report."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qos.base.errors import QosError
from qos.engine.cometbft.io.program import find_engine
from qos.modules.validators.slashing.parameters import PUBLIC as PENALTIES
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.io.keyring import new_entropy
from tools.chaos.nets import ChaosFailed
from tools.chaos.reports import add_options, reporting, say
from tools.life import checks, clients, upgrade, validators, votes
from tools.life.founding import RATIO, VALIDATORS
from tools.life.world import World, begin

REPORT = Path("build/life.json")
LATE, TWICE, DOWN = 3, 4, 5
"""Who is down at the upgrade, who signs twice, who goes down for good."""


def main() -> int:
    """Live; returns 1 when something that must hold did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratio", type=int, default=RATIO, help="what every period of the paper is divided by")
    add_options(parser, REPORT)
    arguments = parser.parse_args()
    if not clients.MODULES.exists():
        sys.exit("CosmJS is not installed: make bootstrap")
    report: dict[str, Any] = {"engine": str(find_engine().version), "ratio": arguments.ratio}
    failures = (ChaosFailed, QosError, AssertionError)
    with reporting(report, arguments, name="life", failures=failures) as folder:
        live(folder, arguments.ratio, report)
    return 1 if report["failure"] else 0


def live(folder: Path, ratio: int, report: dict[str, Any]) -> None:
    """Live in a folder and fill in the report. Raises: ChaosFailed, QosError."""
    world = begin(folder, DevKeys(new_entropy()), ratio, say)
    try:
        world.saw("founded", f"{VALIDATORS} validators make blocks; every period is the paper's divided by {ratio}")
        _deeds(world, report)
    finally:
        report["seen"] = [asdict(each) for each in world.report]
        world.close()


def _deeds(world: World, report: dict[str, Any]) -> None:
    upgrade.refuse_new_message(world)
    upgrade.grant(world)
    before = validators.delegate(world, (TWICE, DOWN))
    motions = votes.put(world)
    votes.vote(world, motions, range(VALIDATORS))
    clients.run(world, clients.FIRST)
    clients.run(world, clients.VOTE)
    validators.go_down(world, DOWN)
    validators.sign_twice(world, TWICE)
    validators.key_is_barred(world, TWICE)
    votes.await_phases(world, motions)
    upgrade.stop_early(world, LATE, motions)
    report["before_the_upgrade"] = checks.audit(world.nodes[LATE], None)
    upgrade.change(world, [each for each in range(VALIDATORS) if each not in (LATE, DOWN)], motions)
    upgrade.join_late(world, LATE, motions)
    upgrade.use_new_message(world)
    for number in (DOWN, TWICE):
        validators.await_closed(world, number, before)
    fractions = {DOWN: PENALTIES.slash_fraction_downtime, TWICE: PENALTIES.slash_fraction_double_sign}
    validators.check_returns(world, before, fractions)
    clients.run(world, clients.LATER)
    running = [node for node in world.nodes if node.number != DOWN]
    world.rise(running, 3)
    report["at_the_end"] = checks.settle(world, running)


if __name__ == "__main__":
    sys.exit(main())
