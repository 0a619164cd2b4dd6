"""`python -m qos.node.run_chain --home DIR`: run one chain node until SIGTERM."""

import argparse
import asyncio
import sys
from pathlib import Path

import structlog

from qos.base.errors import QosError
from qos.node.chain_node import composed, run
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome, locked
from qos.node.logs import open_log

EXIT_FAILED = 1
EXIT_REFUSED = 78
"""Starting again would not help: configuration, data or a port must be put right first (EX_CONFIG)."""


def main() -> int:
    """Run the node of a home; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    home = ChainHome(parser.parse_args().home)
    try:
        level = load_config(ChainConfig, home.config_file).log.level
        with locked(home.folder), open_log(home.log_file, level):
            return _run(home)
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED


def _run(home: ChainHome) -> int:
    log = structlog.get_logger("qos.node")
    try:
        with composed(home) as parts:
            asyncio.run(run(parts))
    except QosError as error:
        log.exception("failed", kind=type(error).__name__)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
