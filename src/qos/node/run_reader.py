"""`python -m qos.node.run_reader --home DIR`: do heavy reads for the node of a home, which holds our pipes."""

import argparse
import sys
from pathlib import Path

from qos.base.errors import QosError
from qos.node.home import ChainHome
from qos.node.program import EXIT_REFUSED
from qos.node.reading import opened
from qos.rpc.worker import serve, settle


def main() -> int:
    """Serve until the node closes the pipe or does not ask for a while; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    settle()
    try:
        reads = opened(ChainHome(parser.parse_args().home))
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    serve(reads, sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
