"""`python -m qos.node.run_network --home DIR`: run a network in the background; its report is in `running.json`."""

import argparse
import sys
from pathlib import Path

from qos.node.dev_network import run_network
from qos.node.home import NetworkHome
from qos.node.program import exit_code
from qos.node.running import Wish


def main() -> int:
    """Run the network of a home until SIGTERM; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port-base", type=int)
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--engine", choices=("embedded", "cometbft"))
    parser.add_argument("--validators", type=int)
    arguments = parser.parse_args()
    wish = Wish(
        port_base=arguments.port_base,
        reset=arguments.reset,
        engine=arguments.engine,
        validators=arguments.validators,
    )
    return exit_code(lambda: run_network(NetworkHome(arguments.home), wish, lambda running: None))


if __name__ == "__main__":
    sys.exit(main())
