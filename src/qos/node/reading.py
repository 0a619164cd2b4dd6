"""Opening the stores of a home beside the node that writes them."""

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.rpc.reads import Reads
from qos.store.errors import StoreDamaged
from qos.store.io.lmdb import open_store

TRIES = 5
"""The files are examined before they are mapped; a commit in that moment looks like damage."""


def opened(home: ChainHome) -> Reads:
    """Open the stores of a home beside the node that writes them. Raises: BadConfig, NodeError, StoreError."""
    if not home.state_folder.exists() or not home.blocks_folder.exists():
        raise NodeError(f"there are no blocks in {home.folder} yet", "start the node first: qos up")
    chain = chain_of(load_config(ChainConfig, home.config_file).kind)
    for left in reversed(range(TRIES)):
        try:
            state = open_store(home.state_folder, chain.stores, readonly=True)
            return Reads(chain=chain, state=state, blocks=LmdbBlockStore(home.blocks_folder, readonly=True))
        except StoreDamaged:
            if not left:
                raise
    raise AssertionError("unreachable")
