"""Reads copies of a block store with one changed bit each: `python block_store_worker.py FOLDER FLIPS`.

Makes the store in FOLDER, then prints how many copies were refused, read as before, missed something in a search,
and showed something wrong. A process of its own, because a damaged map may kill it.
"""

import json
import random
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.search import search_blocks, search_transactions
from qos.engine.query_language import parse_query
from qos.store.errors import StoreDamaged
from qos.testing.engine_worlds import produce, world

HEIGHTS = range(1, 31)
TXS = [[b"from:bob:k%d=v%d" % (height, number) for number in range(3)] for height in HEIGHTS]


def rows(store: LmdbBlockStore) -> list[object]:
    """Return what is stored for each height."""
    read = (store.block, store.meta, store.commit, store.result, store.validators)
    return [each(height) for height in HEIGHTS for each in read]


def found(store: LmdbBlockStore) -> list[object]:
    """Return what the indexes find."""
    hashes = [store.find_tx(sha256(tx).digest()) for txs in TXS for tx in txs]
    heights = [store.height_of(store.meta(height).block_id.hash) for height in HEIGHTS]
    senders = search_transactions(store, parse_query("app.sender='bob'"))
    parities = search_blocks(store, parse_query("block.parity='1'"), store.base(), store.height())
    return [*hashes, *heights, *(("sender", each) for each in senders), *(("parity", each) for each in parities)]


def judge(folder: Path, expected_rows: list[object], expected_found: list[object]) -> str:
    """Say what reading a changed copy gave."""
    try:
        store = LmdbBlockStore(folder)
        try:
            shown, hits = rows(store), found(store)
        finally:
            store.close()
    except StoreDamaged:
        return "refused"
    if shown != expected_rows or any(hit is not None and hit not in expected_found for hit in hits):
        return "wrong"
    return "same" if hits == expected_found else "missed"


def main(folder: Path, flips: int) -> None:
    chain = world((10, 20))
    original = LmdbBlockStore(folder / "original")
    chain.store = original
    produce(chain.producer(), *TXS)
    expected = rows(original), found(original)
    original.close()
    content = (folder / "original" / "data.mdb").read_bytes()
    places, outcomes = random.Random(11), Counter[str]()
    for number in range(flips):
        changed = bytearray(content)
        changed[places.randrange(len(content))] ^= 1 << places.randrange(8)
        copy = folder / f"copy{number}"
        copy.mkdir()
        (copy / "data.mdb").write_bytes(changed)
        outcomes[judge(copy, *expected)] += 1
        rmtree(copy)
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
