"""An application that is going to be killed: `python -m qos.testing.crash_app --home DIR --point N --commit K`.

It is `qos.node.run_app` but for one thing: in its K-th commit it kills itself at crash point N of the store.
"""

import argparse
import os
import signal
from pathlib import Path

import uvloop

from qos.machine.chain import Chain
from qos.node.app_node import FREE_PORT, composed, run
from qos.node.config import ChainConfig
from qos.node.home import ChainHome
from qos.store.io.lmdb import CRASH_POINTS, open_store
from qos.store.multistore import MultiStore


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--point", type=int, choices=CRASH_POINTS, required=True)
    parser.add_argument("--commit", type=int, default=2)
    arguments = parser.parse_args()
    passings = 0

    def crash(point: int) -> None:
        nonlocal passings
        passings += point == arguments.point
        if passings == arguments.commit:
            os.kill(os.getpid(), signal.SIGKILL)

    def open_state(home: ChainHome, config: ChainConfig, chain: Chain) -> MultiStore:
        return open_store(home.state_folder, chain.stores, crash_point=crash)

    with composed(ChainHome(arguments.home), open_state) as parts:
        uvloop.run(run(parts, address=FREE_PORT, until_eof=False))


if __name__ == "__main__":
    main()
