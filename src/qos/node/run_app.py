"""`python -m qos.node.run_app --home DIR`: run the application of one node for its engine until SIGTERM."""

import argparse
import sys
from pathlib import Path

import structlog
import uvloop

from qos.base.errors import InvariantBroken, QosError
from qos.node.app_node import FREE_PORT, composed, run
from qos.node.children import EXIT_REFUSED
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome
from qos.node.logs import open_log
from qos.node.run_chain import EXIT_AGAIN
from qos.store.errors import StoreFull

EXIT_BROKEN = 70
"""A bug of ours stopped the node before it committed something wrong (EX_SOFTWARE)."""

log = structlog.get_logger("qos.app")


def main() -> int:
    """Run the application of a home; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--abci", default=FREE_PORT, help="tcp://127.0.0.1:PORT or unix:///PATH (default: a free port)")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()
    home = ChainHome(arguments.home)
    try:
        with open_log(home.app_log_file, load_config(ChainConfig, home.config_file).log.plan):
            return _run(home, arguments.abci, until_eof=arguments.until_eof)
    except StoreFull as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_AGAIN
    except InvariantBroken as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BROKEN
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED


def _run(home: ChainHome, address: str, *, until_eof: bool) -> int:
    """Run it; whatever ends it stands in the log. A bug, which is no QosError, ends the program with its trace."""
    has_ended = False
    try:
        with composed(home) as parts:
            uvloop.run(run(parts, address=address, until_eof=until_eof))
        has_ended = True
    finally:
        if not has_ended:
            log.exception("failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
