"""`python -m qos.testing.standin_node --home DIR --engine FILE`: a node's supervisor over programs that do nothing."""

import argparse
import sys
from pathlib import Path

from qos.base.errors import QosError
from qos.engine.cometbft.io.program import EngineProgram
from qos.engine.cometbft.versions import PINNED
from qos.node.comet.supervisor import STALLED_MS, Programs
from qos.node.errors import NodeEnded
from qos.node.home import ChainHome
from qos.node.run_node import run_node


def main() -> int:
    """Run until asked to stop; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--engine", type=Path, required=True)
    parser.add_argument("--stalled-ms", type=int, default=STALLED_MS)
    arguments = parser.parse_args()
    programs = Programs(
        engine=EngineProgram(file=arguments.engine, version=PINNED),
        app="qos.testing.standin_app",
        edges="qos.testing.standin_edges",
        stalled_ms=arguments.stalled_ms,
    )
    try:
        run_node(ChainHome(arguments.home), lambda report: None, until_eof=False, programs=programs)
    except NodeEnded as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
