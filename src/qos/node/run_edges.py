"""`python -m qos.node.run_edges --home DIR`: answer clients of a node beside CometBFT until SIGTERM."""

import argparse
import asyncio
import sys
from pathlib import Path

import structlog
import uvloop

from qos.base.errors import QosError
from qos.node.children import EXIT_REFUSED
from qos.node.config import ChainConfig, load_config
from qos.node.edges_node import run
from qos.node.home import ChainHome
from qos.node.logs import open_log


def main() -> int:
    """Run the edges of a home; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()
    home = ChainHome(arguments.home)
    try:
        plan = load_config(ChainConfig, home.config_file).log.plan
        with open_log(home.edges_log_file, plan):
            return _run(home, until_eof=arguments.until_eof)
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED


def _run(home: ChainHome, *, until_eof: bool) -> int:
    log = structlog.get_logger("qos.edges")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(home, until_eof=until_eof))
    except QosError as error:
        log.exception("failed", kind=type(error).__name__)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
