"""Bringing block store and application to one height at start, as CometBFT's handshake does.

The block store is written first, so it may be ahead; the application may never be.
"""

from qos.engine.embedded.chain_state import ChainState, Genesis, before_first_block, stored_info, stored_state
from qos.engine.embedded.ports import BlockStore, SignState
from qos.engine.errors import HandshakeRefused, ReplayDiverged
from qos.lightclient import hashes
from qos.machine.abci import Application, BlockRequest


def handshake(application: Application, store: BlockStore, start: Genesis, signed: SignState) -> ChainState:
    """Replay what the application misses; returns the state of the newest block.

    Raises: HandshakeRefused when the application is ahead or holds another state, or the genesis is another one;
    ReplayDiverged; DoubleSignRefused when the keys signed above the newest block.
    """
    if store.bind(start.hash) != start.hash:
        raise HandshakeRefused("the block store was made from another genesis document: use the one it was made from")
    app, newest = application.info(), store.height()
    if app.height > newest:
        raise HandshakeRefused(
            f"the application is at height {app.height}, the block store at {newest}: "
            "the blocks were lost or replaced; restore them or reset both"
        )
    state = _genesis_state(application, start) if app.height == 0 else _resumed(application, store, app.height)
    for height in range(max(app.height + 1, start.document.initial_height), newest + 1):
        state = _replayed(application, store, state, height)
    if newest:
        signed.check(newest, state.block_id.hash)
        signed.record(newest, state.block_id.hash)
    return state


def _genesis_state(application: Application, start: Genesis) -> ChainState:
    return before_first_block(start, application.init_chain(start.json))


def _resumed(application: Application, store: BlockStore, height: int) -> ChainState:
    state = stored_state(store, height)
    found = application.info().app_hash
    if found != state.app_hash:
        raise HandshakeRefused(
            f"at height {height} the application holds {found.hex()}, the block store {state.app_hash.hex()}: "
            "one of them was replaced or damaged"
        )
    return state


def _replayed(application: Application, store: BlockStore, before: ChainState, height: int) -> ChainState:
    block, stored = store.block(height), store.result(height)
    if block.header.app_hash != before.app_hash:
        raise ReplayDiverged(height, "app hash before the block", block.header.app_hash, before.app_hash)
    info = stored_info(block, before.voters)
    result = application.finalize_block(BlockRequest(block=info, txs=block.data.txs))
    if result.app_hash != stored.app_hash:
        raise ReplayDiverged(height, "app hash", stored.app_hash, result.app_hash)
    stored_root, root = hashes.results_hash(stored.tx_results), hashes.results_hash(result.tx_results)
    if root != stored_root:
        raise ReplayDiverged(height, "results hash", stored_root, root)
    application.commit()
    return stored_state(store, height)
