"""The state of a node as its application has it open: one store and the machine over it, which a restore replaces."""

from collections.abc import Callable, Mapping

from qos.machine.chain import Chain
from qos.machine.machine import Machine
from qos.machine.module import Lines
from qos.machine.signatures_ahead import Spare
from qos.node.config import ChainConfig
from qos.node.home import ChainHome
from qos.node.measuring import Figures, MeasuredApplication
from qos.node.preloading import AT_START_MS, BEHIND_BLOCK_MS, preload
from qos.store.io.lmdb import open_store
from qos.store.multistore import MultiStore

READS_HERE = 500
"""Values a query of the engine's connection may read: the edges answer people's queries themselves."""

OpenStore = Callable[[ChainHome, ChainConfig, Chain], MultiStore]


def opened_store(home: ChainHome, config: ChainConfig, chain: Chain) -> MultiStore:
    """Open the state of a home, an empty one when there is none. Raises: StoreBusy, StoreDamaged, StoreError."""
    home.state_folder.mkdir(parents=True, exist_ok=True)
    return open_store(
        home.state_folder,
        chain.stores,
        keep_versions=config.store.kept_versions,
        cache_levels=config.store.cache_levels,
    )


class OpenState:
    """Opens the state of a home; `application` stays the same while what is under it may be replaced."""

    def __init__(
        self, chain: Chain, open_state: Callable[[], MultiStore], figures: Figures, beside: Lines, spare: Spare
    ) -> None:
        """Take how to open the state, to read what lies beside genesis, and to work beside the machine.

        Raises: as `open_state`.
        """
        self._chain = chain
        self._open = open_state
        self._beside = beside
        self._spare = spare
        self._store = open_state()
        self.application = MeasuredApplication(self._machine(), figures, self._preload)

    def _preload(self) -> None:
        preload(self._store, BEHIND_BLOCK_MS)

    def _machine(self) -> Machine:
        preload(self._store, AT_START_MS)
        return Machine(self._chain, self._store, query_reads=READS_HERE, beside=self._beside, spare=self._spare)

    @property
    def version(self) -> int:
        """The newest committed height, 0 for none."""
        return self._store.version

    @property
    def stores(self) -> Mapping[str, int]:
        """The chain's stores by name."""
        return self._chain.stores

    def replace(self, take_place: Callable[[], None]) -> None:
        """Close the state, have another one take its place, and go on over that. Raises: StoreError, OSError."""
        self._store.close()
        take_place()
        self._store = self._open()
        self.application.replace(self._machine())

    def close(self) -> None:
        """Release the files."""
        self._store.close()
