"""`python -m qos.node.run_reader --home DIR`: do heavy reads for the node of a home, which holds our pipes."""

import argparse
import sys
from pathlib import Path

from qos.base.errors import QosError
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.node.chain_lists import chain_of
from qos.node.children import EXIT_REFUSED
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome
from qos.rpc.reads import Reads
from qos.rpc.worker import serve, settle
from qos.store.errors import StoreDamaged
from qos.store.io.lmdb import open_store

TRIES = 5
"""The files are examined before they are mapped; a commit in that moment looks like damage."""


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


def opened(home: ChainHome) -> Reads:
    """Open the stores of a home beside the node that writes them. Raises: BadConfig, StoreError."""
    chain = chain_of(load_config(ChainConfig, home.config_file).kind)
    for left in reversed(range(TRIES)):
        try:
            state = open_store(home.state_folder, chain.stores, readonly=True)
            return Reads(chain=chain, state=state, blocks=LmdbBlockStore(home.blocks_folder, readonly=True))
        except StoreDamaged:
            if not left:
                raise
    raise AssertionError("unreachable")


if __name__ == "__main__":
    sys.exit(main())
