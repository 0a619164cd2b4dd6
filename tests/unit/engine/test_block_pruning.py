"""Old blocks that are not retained go, with everything that leads to them; the chain goes on."""

from hashlib import sha256
from pathlib import Path

import pytest

from qos.engine.embedded.io.blockstore import BLOCKS_A_BLOCK, LmdbBlockStore
from qos.engine.embedded.search import search_blocks, search_transactions
from qos.engine.query_language import parse_query
from qos.store.errors import StoreFull
from qos.testing.engine_worlds import World, produce, world

RETAINED, BLOCKS = 5, 30


def chain(folder: Path, retain: int = 0) -> tuple[World, LmdbBlockStore]:
    result, store = world((10, 20)), LmdbBlockStore(folder, retain=retain)
    result.store = store
    return result, store


def tx(number: int) -> bytes:
    return b"from:bob:k%d=v" % number


def test_only_the_newest_blocks_are_kept_and_nothing_leads_to_others(tmp_path: Path) -> None:
    pruned, store = chain(tmp_path, RETAINED)
    produce(pruned.producer(), *([tx(number)] for number in range(BLOCKS)))
    oldest = BLOCKS - RETAINED + 1
    assert (store.base(), store.height()) == (oldest, BLOCKS)
    for height in range(1, oldest):
        for read in (store.block, store.meta, store.commit, store.result, store.validators):
            with pytest.raises(KeyError):
                read(height)
        assert store.find_tx(sha256(tx(height - 1)).digest()) is None
    assert [height for height, _ in search_transactions(store, parse_query("app.sender='bob'"))] == list(
        range(oldest, BLOCKS + 1)
    )
    assert search_blocks(store, parse_query("block.parity='0'"), store.base(), BLOCKS) == list(range(26, BLOCKS + 1, 2))
    store.close()


def test_the_chain_restarts_and_goes_on_from_what_is_kept(tmp_path: Path) -> None:
    pruned, store = chain(tmp_path, RETAINED)
    producer = pruned.producer()
    produce(producer, *([tx(number)] for number in range(BLOCKS)))
    store.close()
    pruned.store = LmdbBlockStore(tmp_path, retain=RETAINED)
    again = pruned.producer()
    assert again.state == producer.state
    assert produce(again, [])[0].height == BLOCKS + 1
    pruned.store.close()


def test_a_long_history_goes_a_few_blocks_at_a_time(tmp_path: Path) -> None:
    whole, store = chain(tmp_path)
    produce(whole.producer(), *([] for _ in range(BLOCKS)))
    store.close()
    whole.store = store = LmdbBlockStore(tmp_path, retain=RETAINED)
    producer = whole.producer()
    produce(producer, [])
    assert store.base() == 1 + BLOCKS_A_BLOCK
    produce(producer, *([] for _ in range(BLOCKS)))
    assert store.base() == store.height() - RETAINED + 1
    store.close()


def test_bytes_that_stand_in_two_blocks_are_found_in_the_later_one(tmp_path: Path) -> None:
    pruned, store = chain(tmp_path, RETAINED)
    same = tx(1)
    produce(pruned.producer(), [same], *([] for _ in range(RETAINED)), [same], [])
    assert store.base() > 1
    assert store.find_tx(sha256(same).digest()) == (RETAINED + 2, 0)
    store.close()


def test_a_full_file_is_told_and_the_next_start_makes_room(tmp_path: Path) -> None:
    result = world()
    result.store = store = LmdbBlockStore(tmp_path, least_map_bytes=1 << 20)
    producer = result.producer()
    with pytest.raises(StoreFull, match="start again"):
        for number in range(100):
            produce(producer, [b"k%d=%s" % (number, b"x" * 50_000)])
    written = store.height()
    store.close()
    result.store = store = LmdbBlockStore(tmp_path, least_map_bytes=1 << 20)
    assert store.height() == written > 1
    produce(result.producer(), *([b"more%d=%s" % (number, b"x" * 50_000)] for number in range(10)))
    assert store.height() == written + 10
    store.close()
