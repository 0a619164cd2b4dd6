"""`python -m qos.node.run_snapshot --home DIR`: export a snapshot of a node, at a lower priority than it."""

import argparse
import os
import sys
from pathlib import Path

from qos.base.errors import QosError
from qos.node.home import ChainHome
from qos.node.program import EXIT_REFUSED
from qos.node.snapshots.exporting import export_snapshot
from qos.rpc.worker import NICENESS


def main() -> int:
    """Export; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--height", type=int, help="a kept height (default: the newest that can be)")
    arguments = parser.parse_args()
    os.nice(NICENESS)
    try:
        export_snapshot(ChainHome(arguments.home), arguments.height)
    except (QosError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
