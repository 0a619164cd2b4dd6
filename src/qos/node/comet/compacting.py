"""Giving back the disk space of what was pruned: databases keep their size until somebody writes them anew."""

import shutil
from dataclasses import dataclass

from qos.node.chain_lists import chain_of
from qos.node.comet.stopped import stopped
from qos.node.config import ChainConfig
from qos.node.disk import occupied
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.store.io.compacting import compact_copy
from qos.store.io.lmdb import open_store

TIMEOUT_S = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What the data of a node took and takes on the disk, in bytes."""

    before: int
    after: int


def compact(home: ChainHome) -> Compacted:
    """Write both stores of a stopped node anew; what is in them stays.

    Raises: HomeInUse, NodeError, EngineMissing, UnfitEngine, StoreError, OSError.
    """
    with stopped(home) as node:
        data = home.state_folder.parent
        before = occupied(data)
        _state(home, node.config)
        done = node.engine("experimental-compact-goleveldb", TIMEOUT_S)
        if done.returncode:
            raise NodeError(f"the engine's store was not compacted: {done.stderr.strip()[-300:]}", "qos doctor")
        return Compacted(before=before, after=occupied(data))


def _state(home: ChainHome, config: ChainConfig) -> None:
    """Write the state anew and check that it opens at the same version before it takes the old one's place."""
    stores = chain_of(config.kind).stores
    fresh = home.state_folder.with_name("state.compact")
    shutil.rmtree(fresh, ignore_errors=True)
    compact_copy(home.state_folder, fresh)
    versions: list[tuple[int, bytes]] = []
    for folder in (home.state_folder, fresh):
        store = open_store(folder, stores, readonly=True)
        versions.append((store.version, store.app_hash))
        store.close()
    if versions[0] != versions[1]:
        shutil.rmtree(fresh)
        raise NodeError("the compacted state is not the same as the old one, which stays", "qos doctor --deep")
    old = home.state_folder.with_name("state.old")
    home.state_folder.replace(old)
    fresh.replace(home.state_folder)
    shutil.rmtree(old)
