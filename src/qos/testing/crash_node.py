"""A chain in a process that is going to be killed: `python -m qos.testing.crash_node FOLDER POINT`.

Makes blocks with a transfer each as fast as it can and prints each height once it is committed. At its fifth block
it kills itself at POINT, one of POINTS; with `never` it goes on until somebody else does.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.sign_state import FileSignState
from qos.engine.embedded.ports import BlockRow
from qos.engine.embedded.producer import Producer
from qos.machine.machine import Machine
from qos.store.io.lmdb import open_store
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, CHAIN_ID, genesis_document
from qos.testing.engine_worlds import seed_of
from qos.testing.stake import with_validators
from qos.testing.transactions import Signer, send, transaction

POINTS = ("before-append", "after-append", "after-record", "after-commit")
"""Where it can die: around the write of the block, after the sign state, after the state."""

FIFTH = 5


def genesis() -> bytes:
    """Return the genesis document of the chain."""
    document = with_validators(genesis_document(), (ed25519.public_key(seed_of(0)),))
    return json.dumps(document, sort_keys=True).encode()


def transfer(sequence: int) -> bytes:
    """Return the transfer of block `sequence` + 1."""
    signer = Signer(key=ALICE, number=0, sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(ALICE.address, BOB.address, 1))


class Node:
    """Store, machine and producer on a folder."""

    def __init__(self, folder: Path, reached: Callable[[str], None]) -> None:
        """Open or create all of it; `reached` is called at each of POINTS."""
        self.state = open_store(folder / "state", PUBLIC.stores)
        self.blocks = _Blocks(folder / "blocks", reached)
        self.producer = Producer(
            application=_Application(self.state, reached),
            store=self.blocks,
            genesis_json=genesis(),
            seeds=(seed_of(0),),
            signed=_Signed(folder / "sign_state.json", reached),
        )

    def produce(self) -> int:
        """Make the next block with its transfer; returns its height."""
        height = self.producer.state.height
        return self.producer.produce(time.time_ns(), [transfer(height)]).height

    def close(self) -> None:
        """Release the files."""
        self.blocks.close()
        self.state.close()


class _Blocks(LmdbBlockStore):
    def __init__(self, folder: Path, reached: Callable[[str], None]) -> None:
        super().__init__(folder)
        self._reached = reached

    def append(self, row: BlockRow) -> None:
        self._reached("before-append")
        super().append(row)
        self._reached("after-append")


class _Signed(FileSignState):
    def __init__(self, file: Path, reached: Callable[[str], None]) -> None:
        super().__init__(file)
        self._reached = reached

    def record(self, height: int, block_hash: bytes) -> None:
        super().record(height, block_hash)
        self._reached("after-record")


class _Application(Machine):
    def __init__(self, store: MultiStore, reached: Callable[[str], None]) -> None:
        super().__init__(PUBLIC, store)
        self._reached = reached

    def commit(self) -> None:
        super().commit()
        self._reached("after-commit")


def _main(folder: Path, point: str) -> None:
    countdown = FIFTH

    def reached(where: str) -> None:
        nonlocal countdown
        countdown -= where == point
        if not countdown:
            os.kill(os.getpid(), signal.SIGKILL)

    node = Node(folder, reached)
    while True:
        sys.stdout.write(f"{node.produce()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
