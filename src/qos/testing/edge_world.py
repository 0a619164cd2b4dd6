"""A public chain on its engine in this process, for tests of the edges: blocks when a test asks for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import anyio

from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.engine.embedded.io.engine import EmbeddedEngine, EngineConfig
from qos.engine.embedded.schedule import ScheduleConfig
from qos.engine.query_language import parse_query
from qos.machine.machine import Machine
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_auth_v1beta1 import BaseAccount, QueryAccountRequest, QueryAccountResponse
from qos.rpc.engine_loop import OwnLoop
from qos.rpc.services.embedded_ledger import EmbeddedLedger
from qos.rpc.services.node import Answer, ServiceNode
from qos.rpc.services.table import Services
from qos.rpc.workers import WorkerPool
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import CHAIN_ID, genesis_document
from qos.testing.engine_worlds import genesis_json, seed_of
from qos.testing.served_engine import open_engine
from qos.testing.stake import with_validators
from qos.testing.transactions import Key, Signer, transaction

KEEP_VERSIONS = 100
DEADLINE_S = 20
QUICK = EngineConfig(schedule=ScheduleConfig(heartbeat_ms=20), moniker="edges")


class EdgeWorld:
    """One chain and the services over it; long reads go to `workers` when there are any."""

    def __init__(self, engine: EmbeddedEngine, workers: WorkerPool | None = None) -> None:
        self.engine = engine
        place = OwnLoop(engine.halt)
        self.services = Services(
            ServiceNode(
                chain=PUBLIC,
                state=engine.application,
                ledger=EmbeddedLedger(engine, place, "tcp://127.0.0.1:26657"),
                place=place,
                version="0.1.0",
                keep_versions=KEEP_VERSIONS,
                workers=workers,
            )
        )

    def commit(self, *txs: bytes) -> None:
        """Make blocks until one more holds every transaction, and a later one its app hash."""
        anyio.run(self._commit, txs)

    async def _commit(self, txs: tuple[bytes, ...]) -> None:
        for tx in txs:
            checked = self.engine.submit(tx)
            assert not checked.code, checked.log
        aim = self.engine.height + 2
        hashes = [sha256(tx).digest() for tx in txs]
        key, blocks = self.engine.subscriptions.open(parse_query("tm.event='NewBlock'"))
        with anyio.fail_after(DEADLINE_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.engine.run)
                while self.engine.height < aim or not all(self.engine.store.find_tx(each) for each in hashes):
                    await blocks.next()
                tasks.cancel_scope.cancel()
        self.engine.subscriptions.close(key)

    def tx(self, key: Key, *messages: Record) -> bytes:
        """Return a transaction by one key that is good at the committed state."""
        return transaction(CHAIN_ID, (self.signer(key),), *messages)

    def signer(self, key: Key) -> Signer:
        """Return a key with its account's number and sequence."""
        found = self.ask("/cosmos.auth.v1beta1.Query/Account", QueryAccountRequest(address=key.address))
        wrapped = codec.decode(QueryAccountResponse, found).account
        assert wrapped is not None
        account = codec.unpack(BaseAccount, wrapped)
        return Signer(key=key, number=account.account_number, sequence=account.sequence)

    def ask(self, path: str, request: Record) -> bytes:
        """Return the encoded answer to a call that must succeed."""
        return self.call(path, codec.encode(request)).value

    def call(self, path: str, data: bytes, height: int = 0) -> Answer:
        """Return the answer to a call. Raises: CallRefused."""
        return anyio.run(self.services.call, path, data, height)


@contextmanager
def edge_world(
    folder: Path, state: MultiStore | None = None, *, query_reads: int | None = None, workers: WorkerPool | None = None
) -> Iterator[EdgeWorld]:
    """Open a chain with funded people and two blocks; its state is in memory unless given, its blocks in the folder."""
    document = with_validators(genesis_document(PUBLIC), (ed25519.public_key(seed_of(0)),))
    genesis = genesis_json(chain_id=CHAIN_ID, app_state=document["app_state"])
    store = state or MultiStore(MemoryBackend(), PUBLIC.stores, keep_versions=KEEP_VERSIONS)
    machine = Machine(PUBLIC, store, query_reads=query_reads)
    engine = open_engine(folder, machine, QUICK, genesis)
    try:
        world = EdgeWorld(engine, workers)
        world.commit()
        yield world
    finally:
        engine.store.close()
