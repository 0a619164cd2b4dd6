"""`python -m qos.node.run_chain --home DIR`: run one chain node until SIGTERM."""

import argparse
import asyncio
import sys
from pathlib import Path

import structlog

from qos.base.errors import QosError
from qos.node.chain_node import composed, run
from qos.node.children import EXIT_REFUSED
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome, locked
from qos.node.logs import open_log
from qos.store.errors import StoreFull

EXIT_AGAIN = 75
"""Another start helps (EX_TEMPFAIL)."""


def main() -> int:
    """Run the node of a home; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()
    home = ChainHome(arguments.home)
    try:
        plan = load_config(ChainConfig, home.config_file).log.plan
        with locked(home.folder), open_log(home.log_file, plan):
            return _run(home, until_eof=arguments.until_eof)
    except StoreFull as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_AGAIN
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED


def _run(home: ChainHome, *, until_eof: bool) -> int:
    log = structlog.get_logger("qos.node")
    try:
        with composed(home) as parts:
            asyncio.run(run(parts, until_eof=until_eof))
    except QosError as error:
        log.exception("failed", kind=type(error).__name__)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
