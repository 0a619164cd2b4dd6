"""`python -m qos.node.run_chain --home DIR`: run one chain node until SIGTERM."""

import asyncio
import sys

import structlog

from qos.base.errors import QosError
from qos.node.chain_node import composed, run
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome, locked
from qos.node.logs import open_log
from qos.node.program import EXIT_AGAIN, command_line, exit_code
from qos.store.errors import StoreFull


def main() -> int:
    """Run the node of a home; returns the exit code."""
    arguments = command_line(__doc__).parse_args()
    home = ChainHome(arguments.home)
    return exit_code(lambda: _run(home, until_eof=arguments.until_eof), ((StoreFull, EXIT_AGAIN),))


def _run(home: ChainHome, *, until_eof: bool) -> None:
    log = structlog.get_logger("qos.node")
    plan = load_config(ChainConfig, home.config_file).log.plan
    with locked(home.folder), open_log(home.log_file, plan):
        try:
            with composed(home) as parts:
                asyncio.run(run(parts, until_eof=until_eof))
        except QosError as error:
            log.exception("failed", kind=type(error).__name__)
            raise


if __name__ == "__main__":
    sys.exit(main())
