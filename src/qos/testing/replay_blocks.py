"""Recorded blocks through the embedded engine: `python -m qos.testing.replay_blocks FILE SEED` prints each app hash.

The engine makes the blocks itself, at the recorded times and of the recorded transactions and evidence, which it must
find good and choose in the recorded order; headers, votes and proposer are its own.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from qos.engine.embedded.evidence_pool import EvidencePool
from qos.engine.embedded.producer import Producer
from qos.machine.machine import Machine
from qos.node.chain_lists import chain_of
from qos.proto import codec
from qos.proto.records.tendermint_types import Evidence
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.memory_blocks import MemoryBlockStore, MemorySignState


def replayed(file: Path, seed: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the proposer and the app hash of each block."""
    head, *blocks = (json.loads(line) for line in file.read_text().splitlines())
    chain = chain_of(head["kind"])
    store = MemoryBlockStore()
    producer = Producer(
        application=Machine(chain, MultiStore(MemoryBackend(), chain.stores)),
        store=store,
        genesis_json=head["genesis"].encode(),
        seeds=(seed,),
        signed=MemorySignState(),
    )
    pool = EvidencePool(store, producer.genesis, lambda: producer.state)
    for block in blocks:
        txs = [bytes.fromhex(tx) for tx in block["txs"]]
        evidence = tuple(codec.decode(Evidence, bytes.fromhex(each)) for each in block["evidence"])
        for each in evidence:
            pool.add(each)
        made = producer.produce(block["time_ns"], txs, pool.waiting())
        pool.committed(evidence)
        found = list(made.block.data.txs), made.block.header.time, made.block.evidence.evidence
        if found != (txs, block["time_ns"], evidence):
            raise ValueError(f"the embedded engine made another block {made.height}")
        yield made.block.header.proposer_address, made.result.app_hash


if __name__ == "__main__":
    for _, app_hash in replayed(Path(sys.argv[1]), bytes.fromhex(sys.argv[2])):
        sys.stdout.write(app_hash.hex() + "\n")
