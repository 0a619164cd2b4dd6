"""The durable block store and its index, and the producer on top of them."""

from hashlib import sha256
from pathlib import Path

import pytest

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.search import search_blocks, search_transactions
from qos.engine.query_language import BadQuery, parse_query
from qos.store.errors import StoreDamaged
from qos.testing.engine_worlds import World, produce, world
from qos.testing.memory_blocks import MemoryBlockStore

TXS: tuple[list[bytes], ...] = ([b"from:bob:a=1", b"from:eve:b=2"], [], [b"from:bob:c=3"])


@pytest.fixture
def chain(tmp_path: Path) -> World:
    result = world((10, 20))
    result.store = LmdbBlockStore(tmp_path)
    produce(result.producer(), *TXS)
    return result


def stored(chain: World) -> LmdbBlockStore:
    assert isinstance(chain.store, LmdbBlockStore)
    return chain.store


def reopened(chain: World) -> LmdbBlockStore:
    old = stored(chain)
    old.close()
    return LmdbBlockStore(old.folder)


def test_what_was_written_is_read_back_after_reopening(chain: World) -> None:
    memory = world((10, 20))
    produce(memory.producer(), *TXS)
    disk, expected = reopened(chain), memory.store
    assert (disk.base(), disk.height()) == (1, 3)
    for height in (1, 2, 3):
        assert disk.block(height) == expected.block(height)
        assert disk.meta(height) == expected.meta(height)
        assert disk.commit(height) == expected.commit(height)
        assert disk.result(height) == expected.result(height)
    for height in range(1, 6):
        assert disk.validators(height) == expected.validators(height)
    disk.close()


def test_a_producer_restarts_on_the_disk_where_it_stopped(chain: World) -> None:
    before = chain.producer().state
    chain.store = reopened(chain)
    assert chain.producer().state == before


def test_an_empty_store_has_height_0_and_no_rows(tmp_path: Path) -> None:
    empty = LmdbBlockStore(tmp_path)
    assert (empty.base(), empty.height()) == (0, 0)
    for read in (empty.block, empty.meta, empty.commit, empty.result, empty.validators):
        with pytest.raises(KeyError):
            read(1)


def test_a_store_belongs_to_the_genesis_it_was_made_from(tmp_path: Path) -> None:
    store = LmdbBlockStore(tmp_path)
    assert store.bind(b"g" * 32) == b"g" * 32
    assert store.bind(b"h" * 32) == b"g" * 32


def test_blocks_and_transactions_are_found_by_hash(chain: World) -> None:
    store = stored(chain)
    assert store.height_of(store.meta(2).block_id.hash) == 2
    assert store.height_of(b"x" * 32) is store.height_of(b"") is None
    assert store.find_tx(sha256(b"from:bob:c=3").digest()) == (3, 0)
    assert store.find_tx(b"x" * 32) is store.find_tx(b"") is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("app.sender='bob'", [(1, 0), (3, 0)]),
        ("app.sender='bob' AND tx.height>1", [(3, 0)]),
        ("app.sender='bob' AND tx.height<3", [(1, 0)]),
        ("app.sender='bob' AND app.key='c'", [(3, 0)]),
        ("app.sender='bob' AND app.key='b'", []),
        ("tm.event='Tx' AND app.sender='eve'", [(1, 1)]),
        ("tx.height=1", [(1, 0), (1, 1)]),
        ("tx.height='1'", [(1, 0), (1, 1)]),
        ("tx.height>=1 AND tx.height<=3", [(1, 0), (1, 1), (3, 0)]),
        ("tx.height>3", []),
        ("app.unsearchable='yes'", []),
        ("app.nothing='x'", []),
    ],
)
def test_transactions_are_found_by_indexed_values_in_order(
    chain: World, query: str, found: list[tuple[int, int]]
) -> None:
    assert search_transactions(stored(chain), parse_query(query)) == found


def test_a_transaction_is_found_by_its_hash(chain: World) -> None:
    tx_hash = sha256(b"from:eve:b=2").hexdigest().upper()
    assert search_transactions(stored(chain), parse_query(f"tx.hash='{tx_hash}'")) == [(1, 1)]
    assert search_transactions(stored(chain), parse_query(f"tx.hash='{tx_hash}' AND tx.height>1")) == []
    assert search_transactions(stored(chain), parse_query("tx.hash='" + "00" * 32 + "'")) == []
    with pytest.raises(BadQuery, match="hexadecimal"):
        search_transactions(stored(chain), parse_query(f"tx.hash='{tx_hash}x'"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("block.parity='1'", [1, 3]),
        ("block.parity='1' AND block.height>1", [3]),
        ("block.height>=2", [2, 3]),
        ("tm.event='NewBlock' AND block.height<2", [1]),
        ("block.parity='7'", []),
    ],
)
def test_blocks_are_found_by_their_events(chain: World, query: str, found: list[int]) -> None:
    assert search_blocks(stored(chain), parse_query(query), 1, 3) == found


@pytest.mark.parametrize("query", ["app.key>5", "tx.height='soon'", "tx.height=-1"])
def test_a_search_the_index_cannot_answer_is_refused(chain: World, query: str) -> None:
    with pytest.raises(BadQuery):
        search_transactions(stored(chain), parse_query(query))


def data_file(chain: World) -> Path:
    return stored(chain).folder / "data.mdb"


def test_a_changed_byte_of_a_block_is_noticed_before_it_is_answered(chain: World) -> None:
    stored(chain).close()
    file = data_file(chain)
    content = file.read_bytes()
    file.write_bytes(content.replace(b"from:bob:c=3", b"from:bob:c=4"))
    damaged = LmdbBlockStore(file.parent)
    with pytest.raises(StoreDamaged, match="blocks"):
        damaged.block(3)
    assert damaged.meta(3).header.height == 3
    damaged.close()


def test_a_cut_file_is_refused_at_start_by_name(chain: World) -> None:
    stored(chain).close()
    file = data_file(chain)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(StoreDamaged, match=r"data\.mdb"):
        LmdbBlockStore(file.parent)


def test_a_file_that_is_no_database_is_refused_at_start_by_name(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(b"something else" * 1000)
    with pytest.raises(StoreDamaged, match=r"data\.mdb"):
        LmdbBlockStore(tmp_path)


def test_the_memory_store_keeps_what_the_disk_keeps() -> None:
    memory = world()
    produce(memory.producer(), *TXS)
    assert isinstance(memory.store, MemoryBlockStore)
    assert memory.store.height() == 3
    assert memory.store.meta(1).num_txs == 2
