"""Taking a stopped node one block back: the engine's state and the application's together.

Good for one thing: the newest block was executed by software that was wrong, which has been replaced. The block itself
and what the validator signed stay; the next start executes the block again. Blocks that others have cannot be unmade,
and older versions of the state are gone afterwards, so proofs begin anew from there.
"""

import re
from dataclasses import dataclass

from qos.node.chain_lists import chain_of
from qos.node.comet.stopped import stopped
from qos.node.config import ChainConfig
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.node.snapshots.exporting import export_snapshot
from qos.node.snapshots.files import MAX_CHUNK_BYTES, Snapshot, content_of
from qos.node.snapshots.offers import Offer
from qos.node.snapshots.restoring import Restoring
from qos.store.io.lmdb import open_store

TIMEOUT_S = 120
_SAID = re.compile(r"Rolled back state to height (\d+) and hash ([0-9A-F]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """Where engine and application stand now; the next start executes the block above again."""

    height: int
    app_hash: bytes


def roll_back(home: ChainHome) -> RolledBack:
    """Take the node of a home one block back. A cut between the two leaves what the next start can go on from.

    Raises: HomeInUse, NodeError, EngineMissing, UnfitEngine, BadSnapshot, StoreError.
    """
    with stopped(home) as node:
        done = node.engine("rollback", TIMEOUT_S)
        found = _SAID.search(done.stdout)
        if done.returncode or found is None:
            words = (done.stderr or done.stdout).strip().splitlines()
            raise NodeError(f"the engine cannot go back: {words[-1] if words else 'it said nothing'}", "qos doctor")
        result = RolledBack(height=int(found[1]), app_hash=bytes.fromhex(found[2]))
        _application_to(home, node.config, result)
    return result


def _application_to(home: ChainHome, config: ChainConfig, goal: RolledBack) -> None:
    """Make the application's state that of a height it has kept. Raises: NodeError, BadSnapshot, StoreError."""
    stores = chain_of(config.kind).stores
    store = open_store(home.state_folder, stores, readonly=True)
    version, app_hash = store.version, store.app_hash
    store.close()
    if version > goal.height:
        snapshot = export_snapshot(home, goal.height)
        _check(snapshot.app_hash, goal)
        _restore(snapshot, home, stores)
    elif version == goal.height:
        _check(app_hash, goal)


def _check(app_hash: bytes, goal: RolledBack) -> None:
    if app_hash != goal.app_hash:
        raise NodeError(
            f"at height {goal.height} the application has app hash {app_hash.hex()}, the engine {goal.app_hash.hex()}",
            "the data is of two chains: sync the node anew from its peers",
        )


def _restore(snapshot: Snapshot, home: ChainHome, stores: dict[str, int]) -> None:
    offer = Offer(
        height=snapshot.height,
        time_ns=snapshot.time_ns,
        app_hash=snapshot.app_hash,
        chunk_hashes=tuple([chunk.hash for chunk in snapshot.chunks]),
    )
    restoring = Restoring(offer, home.state_folder, stores)
    for chunk in snapshot.chunks:
        restoring.add(content_of(snapshot.folder, chunk, MAX_CHUNK_BYTES))
    restoring.finish()
    restoring.take_place()
