"""`python -m tools.chaos.crashing_node --home DIR`: a whole node whose application kills itself in a commit."""

import argparse
import sys
from pathlib import Path

from qos.engine.cometbft.io.program import find_engine
from qos.node.comet.supervisor import Programs
from qos.node.errors import NodeEnded
from qos.node.home import ChainHome
from qos.node.run_node import run_node


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    home = ChainHome(parser.parse_args().home)
    programs = Programs(engine=find_engine(), app="tools.chaos.crashing_app")
    try:
        run_node(home, lambda report: None, until_eof=False, programs=programs)
    except NodeEnded as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
