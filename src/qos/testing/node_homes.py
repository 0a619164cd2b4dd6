"""The home of a public chain's node on disk and its parts, driven by the test: blocks when it says so, virtual time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qos.base.blocktime import SECOND_NS
from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.io.sign_state import FileSignState
from qos.engine.embedded.producer import Producer
from qos.machine.machine import Machine
from qos.node.config import ChainConfig, RpcConfig, render_config
from qos.node.holdings import lines_of
from qos.node.home import ChainHome
from qos.node.validators import write_seeds
from qos.store.io.lmdb import open_store
from qos.testing.chain import ALICE, BOB, CHAIN_ID, genesis_document
from qos.testing.engine_worlds import seeds_of
from qos.testing.stake import with_validators
from qos.testing.transactions import Signer, send, transaction


def make_home(folder: Path) -> ChainHome:
    """Lay out a home with four validators and the usual people."""
    home = ChainHome(folder)
    folder.mkdir(parents=True)
    seeds = seeds_of(4)
    write_seeds(home.validator_keys_file, seeds)
    home.config_file.write_text(render_config(ChainConfig(kind="public", moniker="test", rpc=RpcConfig(port=0))))
    keys = [ed25519.public_key(seed) for seed in seeds]
    home.genesis_file.write_text(json.dumps(with_validators(genesis_document(), keys)))
    return home


@dataclass(frozen=True, slots=True)
class Running:
    """The parts of an open home."""

    machine: Machine
    producer: Producer
    blocks: LmdbBlockStore

    def transfer(self, sequence: int) -> bytes:
        """Return Alice's transfer with a sequence."""
        return transaction(
            CHAIN_ID, (Signer(key=ALICE, number=0, sequence=sequence),), send(ALICE.address, BOB.address, 1)
        )

    def make(self, count: int) -> list[CommittedBlock]:
        """Make blocks one second apart, every second one with a transfer."""
        made: list[CommittedBlock] = []
        for _ in range(count):
            state = self.producer.state
            txs = [] if state.height % 2 else [self.transfer(state.height // 2)]
            made.append(self.producer.produce(state.time_ns + SECOND_NS, txs))
        return made


@contextmanager
def running(home: ChainHome) -> Iterator[Running]:
    """Open a home as its node does. Raises: as `chain_node.composed`."""
    store = open_store(home.state_folder, PUBLIC.stores)
    blocks = LmdbBlockStore(home.blocks_folder)
    signed = FileSignState(home.sign_state_file)
    try:
        machine = Machine(PUBLIC, store, beside=lines_of(home.holdings_file))
        producer = Producer(
            application=machine,
            store=blocks,
            genesis_json=home.genesis_file.read_bytes(),
            seeds=seeds_of(4),
            signed=signed,
        )
        yield Running(machine, producer, blocks)
    finally:
        signed.close()
        blocks.close()
        store.close()
