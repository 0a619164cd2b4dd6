"""`python -m qos.testing.state_writer`: the program that writes the states of homes, while a test reads them.

A line in: HOME COUNT, to commit so many empty blocks there, 0 to close its state. A line out: height and app hash.
"""

import json
import sys
from pathlib import Path

from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo
from qos.machine.machine import Machine
from qos.node.home import ChainHome
from qos.store.io.lmdb import open_store
from qos.testing.chain import CHAIN_ID, genesis_document

LATER_NS = 2_000_000_000 * 10**9


def opened(home: ChainHome) -> Machine:
    """Open the state of a home, and load genesis into a new one."""
    home.state_folder.mkdir(parents=True, exist_ok=True)
    machine = Machine(PUBLIC, open_store(home.state_folder, PUBLIC.stores, keep_versions=2))
    if not machine.store.version:
        machine.init_chain(json.dumps(genesis_document(PUBLIC)).encode())
    return machine


def write(machine: Machine, count: int) -> None:
    """Commit empty blocks."""
    for _ in range(count):
        height = machine.store.version + 1
        block = BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=LATER_NS + height)
        machine.finalize_block(BlockRequest(block=block, txs=()))
        machine.commit()


def main() -> int:
    """Serve until the input ends."""
    machines: dict[str, Machine] = {}
    for line in sys.stdin:
        folder, count = line.rsplit(maxsplit=1)
        machine = machines.pop(folder, None) or opened(ChainHome(Path(folder)))
        if int(count):
            write(machine, int(count))
            machines[folder] = machine
        sys.stdout.write(f"{machine.store.version} {machine.store.app_hash.hex() or '-'}\n")
        sys.stdout.flush()
        if not int(count):
            machine.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
