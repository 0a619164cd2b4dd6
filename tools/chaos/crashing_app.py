"""An application that kills itself at a numbered point of one of its commits, for `tools.chaos.crashing_node`."""

import argparse
import os
import signal
from pathlib import Path

import uvloop

from qos.machine.chain import Chain
from qos.node.app_node import FREE_PORT, composed, run
from qos.node.config import ChainConfig
from qos.node.home import ChainHome
from qos.store.io.lmdb import open_store
from qos.store.multistore import MultiStore

VARIABLE = "QOS_CHAOS_CRASH_POINT"
COMMIT = 4


def main() -> int:
    """Run until the point is passed for the fourth time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true")
    arguments = parser.parse_args()
    wanted, passed = int(os.environ[VARIABLE]), 0

    def crash(point: int) -> None:
        nonlocal passed
        passed += point == wanted
        if passed == COMMIT:
            os.kill(os.getpid(), signal.SIGKILL)

    def open_state(home: ChainHome, config: ChainConfig, chain: Chain) -> MultiStore:
        return open_store(home.state_folder, chain.stores, crash_point=crash)

    with composed(ChainHome(arguments.home), open_state) as parts:
        uvloop.run(run(parts, address=FREE_PORT, until_eof=arguments.until_eof))
    return 0
