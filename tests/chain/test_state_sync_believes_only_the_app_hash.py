"""State sync over ABCI: a restored node goes on as the others, and nothing is believed but the verified app hash."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from qos.base.encoding import u64
from qos.chains.public import PUBLIC
from qos.node.app_node import composed
from qos.node.home import ChainHome
from qos.node.snapshots.exporting import export_snapshot
from qos.node.snapshots.files import MAX_CHUNK_BYTES, Snapshot, SnapshotFile
from qos.node.snapshots.offers import MAX_CHUNKS, told
from qos.proto.records import tendermint_abci as abci
from qos.proto.records.tendermint_abci import ResponseApplySnapshotChunkResult as Applied
from qos.proto.records.tendermint_abci import ResponseOfferSnapshotResult as Offered
from qos.store.io.lmdb import open_store
from qos.store.transfer import exported
from qos.testing.abci_engine import SNAPSHOT, FakeEngine
from qos.testing.abci_world import content_of_answer
from qos.testing.chain import ALICE, BOB, CHAIN_ID, genesis_document
from qos.testing.node_homes import make_home
from qos.testing.transactions import Signer, send, transaction

BLOCKS = 6


def transfer(sequence: int) -> bytes:
    signer = Signer(key=ALICE, number=0, sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(ALICE.address, BOB.address, 1))


class Node:
    """The application of a home, driven by a fake engine."""

    def __init__(self, home: ChainHome) -> None:
        self.home = home
        self.open()
        self.engine = FakeEngine(ask=self.ask, genesis=genesis_document())

    def open(self) -> None:
        self._context = composed(self.home)
        self.parts = self._context.__enter__()

    def ask(self, connection: int, content: bytes) -> bytes:
        return content_of_answer(self.parts.handler.handle(content, connection))

    def close(self) -> None:
        self._context.__exit__(None, None, None)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Let go of the state for as long as the test opens it beside: one process opens an environment once."""
        self.close()
        try:
            yield
        finally:
            self.open()

    @property
    def height(self) -> int:
        return self.parts.pages.height

    def offer(self, snapshot: abci.Snapshot, app_hash: bytes) -> Offered:
        request = abci.RequestOfferSnapshot(snapshot=snapshot, app_hash=app_hash)
        answer: abci.ResponseOfferSnapshot = self.engine.call(SNAPSHOT, offer_snapshot=request)
        return answer.result

    def apply(self, index: int, chunk: bytes, sender: str = "peer") -> Any:
        request = abci.RequestApplySnapshotChunk(index=index, chunk=chunk, sender=sender)
        return self.engine.call(SNAPSHOT, apply_snapshot_chunk=request)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Node]:
    node = Node(make_home(tmp_path / "provider"))
    node.engine.handshake()
    for number in range(BLOCKS):
        node.engine.block(*((transfer(number // 2),) if number % 2 else ()))
    yield node
    node.close()


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Node]:
    node = Node(make_home(tmp_path / "late"))
    yield node
    node.close()


def app_hash(provider: Node, height: int = BLOCKS) -> bytes:
    return provider.engine.answers[height - 1].app_hash


def in_small_chunks(provider: Node) -> tuple[abci.Snapshot, list[bytes]]:
    """Return the newest state in chunks of four items, as other nodes would tell of it."""
    with provider.closed():
        store = open_store(provider.home.state_folder, PUBLIC.stores, readonly=True)
        with store.at(BLOCKS) as state:
            items = list(exported(state))
        store.close()
    chunks = [zlib.compress(b"".join(items[at : at + 4])) for at in range(0, len(items), 4)]
    return of_chunks(chunks), chunks


def of_chunks(chunks: list[bytes], height: int = BLOCKS) -> abci.Snapshot:
    files = tuple(SnapshotFile(name="x", size=len(each), hash=sha256(each).digest()) for each in chunks)
    return told(Snapshot(folder=Path(), chain_id=CHAIN_ID, height=height, time_ns=10**18, app_hash=b"", chunks=files))


def test_a_late_node_restores_what_another_one_offers_and_goes_on_with_it(provider: Node, late: Node) -> None:
    with provider.closed():
        export_snapshot(provider.home)
    (offered,) = provider.engine.call(SNAPSHOT, list_snapshots=abci.RequestListSnapshots()).snapshots
    assert offered.height == BLOCKS
    assert late.offer(offered, app_hash(provider)) is Offered.ACCEPT
    for number in range(offered.chunks):
        request = abci.RequestLoadSnapshotChunk(height=offered.height, format=offered.format, chunk=number)
        chunk = provider.engine.call(SNAPSHOT, load_snapshot_chunk=request).chunk
        assert late.apply(number, chunk).result is Applied.ACCEPT
    info = late.engine.call(SNAPSHOT, info=abci.RequestInfo())
    assert (info.last_block_height, info.last_block_app_hash) == (BLOCKS, app_hash(provider))
    late.engine.decided, late.engine.answers = list(provider.engine.decided), list(provider.engine.answers)
    assert late.engine.handshake() == 0
    for tx in (transfer(3), transfer(4)):
        assert late.engine.block(tx).app_hash == provider.engine.block(tx).app_hash
    with late.closed():
        pass
    assert late.height == provider.height


def test_a_chunk_that_is_not_the_named_one_is_fetched_again_from_somebody_else(provider: Node, late: Node) -> None:
    snapshot, chunks = in_small_chunks(provider)
    assert len(chunks) > 5
    assert late.offer(snapshot, app_hash(provider)) is Offered.ACCEPT
    for index, chunk in enumerate(chunks):
        flipped = chunk[:-3] + bytes([chunk[-3] ^ 1]) + chunk[-2:]
        for wrong in (flipped, b"", chunk + b"\x00", chunks[index - 1], bytes(MAX_CHUNK_BYTES + 1)):
            answer = late.apply(index, wrong, "liar")
            assert answer.result is Applied.RETRY
            assert (answer.refetch_chunks, answer.reject_senders) == ((index,), ("liar",))
        assert late.apply(index, chunk).result is Applied.ACCEPT
    assert late.height == BLOCKS


def test_a_state_with_another_app_hash_is_refused_and_leaves_nothing(provider: Node, late: Node) -> None:
    snapshot, chunks = in_small_chunks(provider)
    assert late.offer(snapshot, app_hash(provider, BLOCKS - 1)) is Offered.ACCEPT
    verdicts = [late.apply(index, chunk).result for index, chunk in enumerate(chunks)]
    assert verdicts == [Applied.ACCEPT] * (len(chunks) - 1) + [Applied.REJECT_SNAPSHOT]
    assert late.height == 0
    assert [each.name for each in late.home.state_folder.parent.iterdir()] == ["state"]
    assert late.offer(snapshot, app_hash(provider)) is Offered.ACCEPT
    assert [late.apply(index, chunk).result for index, chunk in enumerate(chunks)] == [Applied.ACCEPT] * len(chunks)


def test_chunks_that_hold_no_state_are_refused_though_their_hashes_fit(provider: Node, late: Node) -> None:
    _, chunks = in_small_chunks(provider)
    bomb = zlib.compress(bytes(MAX_CHUNK_BYTES + 1))
    for wrong in (zlib.compress(b"\x07nonsense"), b"no zlib", bomb, chunks[1], chunks[0] + chunks[0]):
        assert late.offer(of_chunks([wrong, *chunks[1:]]), app_hash(provider)) is Offered.ACCEPT
        assert late.apply(0, wrong).result is Applied.REJECT_SNAPSHOT
        assert late.apply(1, chunks[1]).result is Applied.ABORT
    assert late.height == 0


def test_offers_that_cannot_be_are_refused(provider: Node, late: Node) -> None:
    good, _ = in_small_chunks(provider)
    trusted = app_hash(provider)
    assert late.offer(replace(good, format=good.format + 1), trusted) is Offered.REJECT_FORMAT
    short, late_time = good.metadata[:-1], u64(2**63) + good.metadata[8:]
    for wrong in (
        replace(good, height=0),
        replace(good, height=BLOCKS + 1),
        replace(good, hash=bytes(32)),
        replace(good, chunks=0),
        replace(good, chunks=good.chunks + 1),
        replace(good, chunks=MAX_CHUNKS + 1, metadata=bytes(8 + 32 * (MAX_CHUNKS + 1))),
        replace(good, metadata=short, hash=sha256(u64(BLOCKS) + short).digest()),
        replace(good, metadata=late_time, hash=sha256(u64(BLOCKS) + late_time).digest()),
    ):
        assert late.offer(wrong, trusted) is Offered.REJECT
    assert late.offer(good, b"") is Offered.REJECT
    assert late.apply(0, b"").result is Applied.ABORT


def test_a_node_with_a_state_takes_no_other(provider: Node) -> None:
    snapshot, _ = in_small_chunks(provider)
    assert provider.offer(snapshot, app_hash(provider)) is Offered.ABORT
    assert provider.height == BLOCKS


def test_a_damaged_snapshot_is_not_handed_out(provider: Node) -> None:
    with provider.closed():
        snapshot = export_snapshot(provider.home)
    file = snapshot.folder / snapshot.chunks[0].name
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    for request in (
        abci.RequestLoadSnapshotChunk(height=BLOCKS, format=2),
        abci.RequestLoadSnapshotChunk(height=BLOCKS, format=2, chunk=7),
        abci.RequestLoadSnapshotChunk(height=BLOCKS, format=9),
        abci.RequestLoadSnapshotChunk(height=1, format=2),
    ):
        assert provider.engine.call(SNAPSHOT, load_snapshot_chunk=request).chunk == b""
    (snapshot.folder / "manifest.json").write_text("{")
    assert provider.engine.call(SNAPSHOT, list_snapshots=abci.RequestListSnapshots()).snapshots == ()
