"""Starting again: what a crash between two writes leaves is mended, what does not belong together is refused."""

from collections.abc import Callable

import pytest

from qos.engine.embedded.ports import BlockRow
from qos.engine.errors import DoubleSignRefused, HandshakeRefused, ReplayDiverged
from qos.testing.engine_worlds import World, genesis_json, produce, world
from qos.testing.kvstore import KeyValueStore
from qos.testing.memory_blocks import MemoryBlockStore, MemorySignState

BLOCKS: tuple[list[bytes], ...] = ([b"a=1"], [], [b"b=2", b"c=3"])


class Crash(BaseException):
    """The process ends here."""


class DiesAfterAppend(MemoryBlockStore):
    def append(self, row: BlockRow) -> None:
        super().append(row)
        raise Crash


class DiesBeforeAppend(MemoryBlockStore):
    def append(self, row: BlockRow) -> None:
        raise Crash


class DiesBeforeCommit(KeyValueStore):
    def commit(self) -> None:
        raise Crash


class DiesBeforeRecord(MemorySignState):
    def record(self, height: int, block_hash: bytes) -> None:
        if height == 4:
            raise Crash
        super().record(height, block_hash)


def grown() -> World:
    chain = world((10, 10))
    produce(chain.producer(), *BLOCKS)
    return chain


def test_a_restart_goes_on_where_it_stopped() -> None:
    chain = grown()
    again = chain.producer()
    assert again.state.height == 3
    (fourth,) = produce(again, [b"d=4"])
    assert fourth.height == 4
    assert fourth.block.header.last_block_id == chain.store.meta(3).block_id


def crash_in_store(chain: World, kind: type[MemoryBlockStore]) -> None:
    healthy = chain.store
    dying = kind()
    dying.__dict__.update(healthy.__dict__)
    chain.store = dying
    with pytest.raises(Crash):
        produce(chain.producer(), [b"d=4"])
    healthy.__dict__.update(dying.__dict__)
    chain.store = healthy


def crash_before_application(chain: World) -> None:
    healthy = chain.application
    dying = DiesBeforeCommit()
    dying.__dict__.update(healthy.__dict__)
    chain.application = dying
    with pytest.raises(Crash):
        produce(chain.producer(), [b"d=4"])
    chain.application = healthy


def crash_before_record(chain: World) -> None:
    healthy = chain.signed
    dying = DiesBeforeRecord()
    dying.__dict__.update({"height": healthy.height, "block_hash": healthy.block_hash})
    chain.signed = dying
    with pytest.raises(Crash):
        produce(chain.producer(), [b"d=4"])
    chain.signed = healthy


@pytest.mark.parametrize(
    ("crash", "kept"),
    [
        (lambda chain: crash_in_store(chain, DiesBeforeAppend), 3),
        (lambda chain: crash_in_store(chain, DiesAfterAppend), 4),
        (crash_before_record, 4),
        (crash_before_application, 4),
    ],
    ids=["before the block is stored", "after it", "before the signature is remembered", "before the state is"],
)
def test_a_crash_at_any_point_leaves_a_chain_that_goes_on(crash: Callable[[World], None], kept: int) -> None:
    chain, undisturbed = grown(), grown()
    crash(chain)
    restarted = chain.producer()
    assert restarted.state.height == chain.application.info().height == chain.signed.height == kept
    produce(restarted, *([[b"d=4"]] if kept == 3 else []), [b"e=5"])
    produce(undisturbed.producer(), [b"d=4"], [b"e=5"])
    assert chain.application.info() == undisturbed.application.info()
    assert chain.store.meta(5).header.app_hash == undisturbed.store.meta(5).header.app_hash


def test_an_application_that_lost_everything_is_rebuilt_from_the_blocks() -> None:
    chain = grown()
    before = chain.application.info()
    chain.application = KeyValueStore()
    assert chain.producer().state.height == 3
    assert chain.application.info() == before


def test_an_application_ahead_of_the_blocks_is_refused() -> None:
    chain = grown()
    chain.store, chain.signed = MemoryBlockStore(), MemorySignState()
    with pytest.raises(HandshakeRefused, match="application is at height 3, the block store at 0"):
        chain.producer()


def test_an_application_with_another_state_is_refused() -> None:
    chain = grown()
    assert isinstance(chain.application, KeyValueStore)
    chain.application.pairs[b"a"] = b"forged"
    with pytest.raises(HandshakeRefused, match="replaced or damaged"):
        chain.producer()


def test_another_genesis_is_refused() -> None:
    chain = grown()
    chain.genesis = genesis_json((10, 10), genesis_time="2026-01-02T00:00:00Z")
    with pytest.raises(HandshakeRefused, match="genesis"):
        chain.producer()


def test_a_replay_that_gives_another_state_is_refused() -> None:
    class Changed(KeyValueStore):
        def check_pairs(self) -> None:
            self.pairs[b"extra"] = b"1"

        def commit(self) -> None:
            super().commit()
            self.check_pairs()

    chain = grown()
    chain.application = Changed()
    with pytest.raises(ReplayDiverged, match="replaying block 2 gives another app hash"):
        chain.producer()


def test_a_replay_on_another_first_state_is_refused() -> None:
    class OtherStart(KeyValueStore):
        def init_chain(self, genesis: bytes) -> bytes:
            return super().init_chain(genesis + b" ")

    chain = grown()
    chain.application = OtherStart()
    with pytest.raises(ReplayDiverged, match="app hash before the block"):
        chain.producer()


def test_blocks_older_than_the_last_signature_are_refused_at_start() -> None:
    chain, older = grown(), world((10, 10))
    produce(older.producer(), *BLOCKS[:2])
    older.signed = chain.signed
    with pytest.raises(DoubleSignRefused, match="restored from an older copy"):
        older.producer()
