"""Chains of the embedded engine for tests: numbered validator keys, a genesis, virtual time."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS, parse_rfc3339
from qos.crypto import ed25519
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.evidence_pool import EvidencePool
from qos.engine.embedded.ports import BlockStore
from qos.engine.embedded.producer import Producer
from qos.engine.embedded.schedule import Schedule, ScheduleConfig
from qos.engine.embedded.sequencer import Sequencer
from qos.engine.mempool import Mempool, MempoolLimits
from qos.machine.abci import Application
from qos.testing.kvstore import KeyValueStore
from qos.testing.memory_blocks import MemoryBlockStore, MemorySignState

CHAIN_ID = "kv-1"
GENESIS_TIME = "2026-01-01T00:00:00Z"
GENESIS_NS = parse_rfc3339(GENESIS_TIME)


def seed_of(number: int) -> bytes:
    """Return the seed of the validator with a number."""
    return sha256(b"engine validator %d" % number).digest()


def seeds_of(count: int) -> tuple[bytes, ...]:
    """Return the seeds of the first validators."""
    return tuple(seed_of(number) for number in range(count))


def genesis_json(powers: Sequence[int] = (10,), **changes: object) -> bytes:
    """Return a genesis whose validator `i` has power `powers[i]`; `changes` replace its members."""
    validators = [
        {
            "pub_key": {
                "type": "tendermint/PubKeyEd25519",
                "value": b64encode(ed25519.public_key(seed_of(number))).decode(),
            },
            "power": str(power),
        }
        for number, power in enumerate(powers)
    ]
    document = {
        "chain_id": CHAIN_ID,
        "genesis_time": GENESIS_TIME,
        "initial_height": "1",
        "validators": validators,
        "app_state": {},
    }
    return json.dumps(document | changes).encode()


@dataclass(slots=True, kw_only=True)
class World:
    """All parts of one chain; `producer()` starts it, again after a crash."""

    application: Application
    store: BlockStore
    signed: MemorySignState
    genesis: bytes
    seeds: tuple[bytes, ...]

    def producer(self) -> Producer:
        """Start or restart the producer. Raises: as `Producer`."""
        return Producer(
            application=self.application,
            store=self.store,
            genesis_json=self.genesis,
            seeds=self.seeds,
            signed=self.signed,
        )

    def sequencer(self, config: ScheduleConfig, limits: MempoolLimits | None = None) -> Sequencer:
        """Start a sequencer whose clock begins at the genesis time."""
        producer = self.producer()
        mempool = Mempool(self.application, limits or MempoolLimits())
        evidence = EvidencePool(self.store, producer.genesis, lambda: producer.state)
        return Sequencer(producer=producer, mempool=mempool, evidence=evidence, schedule=Schedule(config, GENESIS_NS))


def world(powers: Sequence[int] = (10,), *, local: int | None = None, **changes: object) -> World:
    """Return a key-value chain in memory; the first `local` of its validators have keys here, all unless said."""
    return World(
        application=KeyValueStore(),
        store=MemoryBlockStore(),
        signed=MemorySignState(),
        genesis=genesis_json(powers, **changes),
        seeds=seeds_of(len(powers) if local is None else local),
    )


def produce(producer: Producer, *blocks: Sequence[bytes]) -> list[CommittedBlock]:
    """Make blocks with these transactions, one second apart."""
    start = max(producer.state.time_ns, GENESIS_NS)
    return [producer.produce(start + number * SECOND_NS, txs) for number, txs in enumerate(blocks, 1)]


def run_until(sequencer: Sequencer, now_ms: int) -> None:
    """Ring every timer that is due by a time after genesis."""
    now_ns = GENESIS_NS + now_ms * MILLISECOND_NS
    while sequencer.next_timer() <= now_ns:
        due_ns = sequencer.next_timer()
        sequencer.tick(due_ns, due_ns)


def set_power(number: int, power: int) -> bytes:
    """Return the transaction that gives a validator another power; none for 0."""
    return b"validator:%s=%d" % (ed25519.public_key(seed_of(number)).hex().encode(), power)
