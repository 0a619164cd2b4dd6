"""`python -m qos.node.run_app --home DIR`: run the application of one node for its engine until SIGTERM."""

import sys

import structlog
import uvloop

from qos.base.errors import InvariantBroken
from qos.node.app_node import FREE_PORT, composed, run
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome
from qos.node.logs import open_log
from qos.node.program import EXIT_AGAIN, EXIT_BROKEN, command_line, exit_code
from qos.store.errors import StoreFull

log = structlog.get_logger("qos.app")


def main() -> int:
    """Run the application of a home; returns the exit code."""
    parser = command_line(__doc__)
    parser.add_argument("--abci", default=FREE_PORT, help="tcp://127.0.0.1:PORT or unix:///PATH (default: a free port)")
    arguments = parser.parse_args()
    home = ChainHome(arguments.home)
    codes = ((StoreFull, EXIT_AGAIN), (InvariantBroken, EXIT_BROKEN))
    return exit_code(lambda: _run(home, arguments.abci, until_eof=arguments.until_eof), codes)


def _run(home: ChainHome, address: str, *, until_eof: bool) -> None:
    """Run it; whatever ends it stands in the log. A bug, which is no QosError, ends the program with its trace."""
    has_ended = False
    with open_log(home.app_log_file, load_config(ChainConfig, home.config_file).log.plan):
        try:
            with composed(home) as parts:
                uvloop.run(run(parts, address=address, until_eof=until_eof))
            has_ended = True
        finally:
            if not has_ended:
                log.exception("failed")


if __name__ == "__main__":
    sys.exit(main())
