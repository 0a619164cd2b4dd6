"""The state of a home that another program writes, opened again when a state sync put another one in its place."""

import asyncio
from pathlib import Path

from qos.machine.abci import Info, QueryResult
from qos.machine.chain import Chain
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.node.reading import opened_state
from qos.rpc.committed import CommittedState
from qos.store.errors import StoreDamaged, StoreError
from qos.store.io.lmdb import DATA_FILE
from qos.store.multistore import MultiStore

WAIT_S = 30
PAUSE_S = 0.05


class FollowedState:
    """Implements `rpc.ports.State`, for one thread. `reads` bounds one query. Close it at the end."""

    def __init__(self, home: ChainHome, chain: Chain, reads: int) -> None:
        """Open. Raises: StoreError when there is nothing to open yet, StoreDamaged."""
        self._home = home
        self._chain = chain
        self._reads = reads
        self._open()

    def _open(self) -> None:
        self._identity = _identity(self._home.state_folder)
        self._store: MultiStore = opened_state(self._home, self._chain)
        self._state = CommittedState(self._chain, self._store, self._reads)

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        self.follow()
        return self._state.info()

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer from the newest committed state. Raises: BudgetSpent, StoreDamaged."""
        self.follow()
        return self._state.query(path, data, height, prove=prove)

    def follow(self) -> None:
        """Take over what was committed since; to be called every second, also when nobody asks.

        What is read holds back the reuse of pages. Raises: StoreDamaged.
        """
        found = _identity(self._home.state_folder)
        if found not in (None, self._identity):
            self._store.close()
            self._open()
        self._state.follow()

    def close(self) -> None:
        """Release the files."""
        self._store.close()


def _identity(folder: Path) -> int | None:
    """Return what tells a state's file from another that takes its place, None while there is none."""
    try:
        return (folder / DATA_FILE).stat().st_ino
    except FileNotFoundError:
        return None


async def followed(home: ChainHome, chain: Chain, reads: int, *, wait_s: float = WAIT_S) -> FollowedState:
    """Open the state of a home as soon as its application has made it. Raises: NodeError, StoreDamaged."""
    for _ in range(int(wait_s / PAUSE_S)):
        try:
            return FollowedState(home, chain, reads)
        except StoreDamaged:
            raise
        except StoreError:
            await asyncio.sleep(PAUSE_S)
    raise NodeError(f"no state appeared in {home.state_folder} within {wait_s} s", "look into the application's log")
