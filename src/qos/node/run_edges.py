"""`python -m qos.node.run_edges --home DIR`: answer clients of a node beside CometBFT until SIGTERM."""

import asyncio
import sys

import structlog
import uvloop

from qos.base.errors import QosError
from qos.node.config import ChainConfig, load_config
from qos.node.edges_node import run
from qos.node.home import ChainHome
from qos.node.logs import open_log
from qos.node.program import command_line, exit_code


def main() -> int:
    """Run the edges of a home; returns the exit code."""
    arguments = command_line(__doc__).parse_args()
    home = ChainHome(arguments.home)
    return exit_code(lambda: _run(home, until_eof=arguments.until_eof))


def _run(home: ChainHome, *, until_eof: bool) -> None:
    log = structlog.get_logger("qos.edges")
    plan = load_config(ChainConfig, home.config_file).log.plan
    with open_log(home.edges_log_file, plan):
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(run(home, until_eof=until_eof))
        except QosError as error:
            log.exception("failed", kind=type(error).__name__)
            raise


if __name__ == "__main__":
    sys.exit(main())
