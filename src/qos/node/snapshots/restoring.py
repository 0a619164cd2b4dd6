"""Taking a snapshot of other nodes, chunk by chunk, into a folder of its own; the state takes its place at the end."""

import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from qos.base.identifiers import is_chain_id
from qos.machine.beginning import SENTINEL_KEY
from qos.machine.context import BlockInfo, block_note
from qos.node.snapshots.files import MAX_CHUNK_BYTES, inflated
from qos.node.snapshots.offers import Offer
from qos.store import notes
from qos.store.errors import StoreError
from qos.store.io.lmdb import CORE_TABLES, LmdbBackend
from qos.store.layout import nodes_table
from qos.store.multistore import MultiStore
from qos.store.transfer import Importer

PART = "state.part"


class Restoring:
    """One snapshot on its way in."""

    def __init__(self, offer: Offer, state_folder: Path, stores: Mapping[str, int]) -> None:
        """Begin in an empty folder beside the state. Raises: StoreError, OSError."""
        self.offer = offer
        self._stores = stores
        self._state = state_folder
        self._part = state_folder.with_name(PART)
        shutil.rmtree(self._part, ignore_errors=True)
        tables = [*CORE_TABLES, *(nodes_table(number) for number in sorted(stores.values()))]
        self._backend = LmdbBackend(self._part, tables)
        self._importer = Importer(self._backend, stores, offer.height)
        self._next = 0

    @property
    def is_complete(self) -> bool:
        """Whether every chunk was taken."""
        return self._next == len(self.offer.chunk_hashes)

    def fits(self, index: int, chunk: bytes) -> bool:
        """Tell whether this is the next chunk, as the snapshot's metadata name it."""
        if index != self._next or self.is_complete or len(chunk) > MAX_CHUNK_BYTES:
            return False
        return sha256(chunk).digest() == self.offer.chunk_hashes[index]

    def add(self, chunk: bytes) -> None:
        """Take the next chunk. Raises: StoreError when the snapshot is none."""
        self._importer.add(inflated(chunk))
        self._next += 1

    def finish(self) -> None:
        """Check the whole against the app hash. Raises: StoreError; WrongAppHash among them."""
        self._importer.finish(self.offer.app_hash, b"")
        store = MultiStore(self._backend, self._stores)
        # The chain's id stands under the sentinel of every store: so it is proven.
        chain_id = (store.reader().get(min(self._stores), SENTINEL_KEY) or b"").decode("ascii", "replace")
        if not is_chain_id(chain_id):
            raise StoreError(f"the snapshot is of no chain: {chain_id[:40]!r}")
        block = BlockInfo(chain_id=chain_id, height=self.offer.height, time_ns=self.offer.time_ns)
        self._backend.write([notes.put(self.offer.height, block_note(block))])
        store.close()

    def take_place(self) -> None:
        """Make what was finished the state, which nobody has open any more. Raises: OSError."""
        shutil.rmtree(self._state, ignore_errors=True)
        self._part.replace(self._state)

    def abandon(self) -> None:
        """Give up: nothing of it stays."""
        self._backend.close()
        shutil.rmtree(self._part, ignore_errors=True)
