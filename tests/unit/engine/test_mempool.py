"""The mempool: bounds, order, repeats, and the check after each block."""

from hashlib import sha256

import pytest

from qos.engine.mempool import Mempool, MempoolLimits
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo
from qos.machine.errors import MempoolFull, TxInMempool
from qos.testing.kvstore import KeyValueStore


def a_mempool(**limits: int) -> tuple[KeyValueStore, Mempool]:
    application = KeyValueStore()
    return application, Mempool(application, MempoolLimits(**limits))


def code(mempool: Mempool, tx: bytes) -> tuple[str, int]:
    result = mempool.submit(tx)
    return result.codespace, result.code


FULL = (MempoolFull.code.codespace, MempoolFull.code.number)
REPEATED = (TxInMempool.code.codespace, TxInMempool.code.number)


def test_what_waits_keeps_the_order_of_arrival() -> None:
    _, mempool = a_mempool()
    txs = [b"b=1", b"a=1", b"c=1"]
    assert [code(mempool, tx) for tx in txs] == [("", 0)] * 3
    assert [entry.tx for entry in mempool.candidates()] == txs
    assert mempool.waiting(2) == (b"b=1", b"a=1")


def test_a_refused_transaction_does_not_wait_and_may_come_again() -> None:
    _, mempool = a_mempool()
    assert code(mempool, b"nonsense") == ("kv", 1)
    assert code(mempool, b"nonsense") == ("kv", 1)
    assert len(mempool) == mempool.size_bytes == 0


def test_a_waiting_transaction_is_refused_when_it_comes_again() -> None:
    _, mempool = a_mempool()
    mempool.submit(b"a=1")
    assert code(mempool, b"a=1") == REPEATED


def test_a_committed_transaction_is_refused_when_it_comes_again() -> None:
    _, mempool = a_mempool()
    mempool.submit(b"a=1")
    mempool.committed([b"a=1"], 1)
    assert code(mempool, b"a=1") == REPEATED


def test_only_the_latest_hashes_are_remembered() -> None:
    _, mempool = a_mempool(seen=1)
    mempool.committed([b"a=1", b"a=2"], 1)
    assert code(mempool, b"a=1") == ("", 0)


def test_one_transaction_too_many_is_refused() -> None:
    _, mempool = a_mempool(transactions=2)
    assert [code(mempool, b"%d=1" % i) for i in range(3)] == [("", 0), ("", 0), FULL]


def test_one_byte_too_many_is_refused() -> None:
    _, mempool = a_mempool(size_bytes=6)
    assert [code(mempool, tx) for tx in (b"a=1", b"b=22", b"c=3")] == [("", 0), FULL, ("", 0)]


def test_the_seventeenth_of_one_sender_is_refused_and_others_are_not() -> None:
    _, mempool = a_mempool()
    assert [code(mempool, b"from:bob:%d=1" % i) for i in range(16)] == [("", 0)] * 16
    assert code(mempool, b"from:bob:16=1") == FULL
    assert code(mempool, b"from:eve:16=1") == ("", 0)


def test_a_block_makes_room_for_its_sender() -> None:
    _, mempool = a_mempool(per_sender=1)
    mempool.submit(b"from:bob:a=1")
    mempool.committed([b"from:bob:a=1"], 1)
    assert code(mempool, b"from:bob:b=1") == ("", 0)


def test_what_a_block_made_stale_is_dropped() -> None:
    application, mempool = a_mempool()
    mempool.submit(b"from:bob:a=1")
    mempool.submit(b"b=1")
    block = BlockInfo(chain_id="kv-1", height=1, time_ns=0)
    application.finalize_block(BlockRequest(block=block, txs=(b"a=1",)))
    application.commit()
    mempool.committed([b"a=1"], 1)
    assert mempool.waiting(9) == (b"b=1",)
    assert mempool.size_bytes == 3


@pytest.mark.parametrize("count", [0, 1, 3])
def test_forgetting_what_never_waited_is_harmless(count: int) -> None:
    _, mempool = a_mempool()
    mempool.committed([sha256(bytes([i])).digest() for i in range(count)], 1)
    assert len(mempool) == 0
