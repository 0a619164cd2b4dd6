"""Opening the stores of a home beside the node that writes them."""

from collections.abc import Callable
from typing import TypeVar

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.machine.chain import Chain
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.rpc.reads import Reads
from qos.store.errors import StoreDamaged
from qos.store.io.lmdb import open_store
from qos.store.multistore import MultiStore

S = TypeVar("S")

TRIES = 5
"""The files are examined before they are mapped; a commit in that moment looks like damage."""


def opened(home: ChainHome) -> Reads:
    """Open the stores of a home beside the node that writes them. Raises: BadConfig, NodeError, StoreError.

    Where CometBFT keeps the blocks there is only the state.
    """
    if not home.state_folder.exists():
        raise NodeError(f"there are no blocks in {home.folder} yet", "start the node first: qos up")
    chain = chain_of(load_config(ChainConfig, home.config_file).kind)
    state = opened_state(home, chain)
    blocks = _tried(lambda: LmdbBlockStore(home.blocks_folder, readonly=True)) if home.blocks_folder.exists() else None
    return Reads(chain=chain, state=state, kept_blocks=blocks)


def opened_state(home: ChainHome, chain: Chain) -> MultiStore:
    """Open the state of a home beside the program that writes it. Raises: StoreError."""
    return _tried(lambda: open_store(home.state_folder, chain.stores, readonly=True))


def _tried(opening: Callable[[], S]) -> S:
    for left in reversed(range(TRIES)):
        try:
            return opening()
        except StoreDamaged:
            if not left:
                raise
    raise AssertionError("unreachable")
