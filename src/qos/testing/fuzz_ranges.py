"""Decoders of a store's nodes and ranges: rows of nodes, what asks for a range, and its proof."""

from functools import cache

from qos_native import Nodes, inner_row, leaf_row

from qos.base.encoding import u32
from qos.store.errors import StoreDamaged
from qos.store.ics23 import BadProof
from qos.store.ics23_batch import decode_batch
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.node import CHECK_BYTES, REF_BYTES, sealed
from qos.store.ranges import Range, proven_pairs, read_range, write_range
from qos.testing.fuzzing import Target

KEYS = tuple([b"%03d" % number for number in range(40)])
WANTED = Range(start=b"007", end=b"017")


@cache
def _proven() -> tuple[bytes, bytes, bytes]:
    store = MultiStore(MemoryBackend(), {"acc": 1, "bank": 2})
    store.apply(1, {"bank": dict.fromkeys(KEYS, b"v"), "acc": {b"a": b"1"}})
    store.commit()
    operations = store.prove_range(1, "bank", WANTED)
    assert operations is not None
    return *operations, store.app_hash


LEAF, LEAF_ROW = leaf_row(1, 1, b"a key", b"a value")
INNER_ROW = inner_row(1, 2, heights=(1, 0, 0), size=2, left=LEAF, right=LEAF, key=b"a key")[1]
LENGTH_BYTES = 4


def _second_node(row: bytes) -> None:
    """Read the node above the lowest one of a row."""
    above = LEAF[: REF_BYTES - 1] + bytes((LEAF[REF_BYTES - 1] + 1,)) + LEAF[REF_BYTES:]
    Nodes(lambda _: row).load(above)


def _record(body: bytes) -> None:
    """Read a node whose record is as long as its row says and passes its check, whatever it says."""
    record = sealed(body)
    Nodes(lambda _: u32(len(record)) + record).load(LEAF)


def _range_proof(data: bytes) -> None:
    first, second, app_hash = _proven()
    if data == first:
        return
    proven_pairs([data, second], app_hash, "bank", KEYS[7:17])
    raise AssertionError("an altered proof was accepted")


TARGETS = (
    Target(
        name="node-row",
        decode=_second_node,
        declared=(StoreDamaged,),
        seeds=lambda: (LEAF_ROW + INNER_ROW, INNER_ROW * 3),
    ),
    Target(
        name="node-record",
        decode=_record,
        declared=(StoreDamaged,),
        seeds=lambda: tuple(row[LENGTH_BYTES:-CHECK_BYTES] for row in (LEAF_ROW, INNER_ROW)),
    ),
    Target(name="range", decode=read_range, declared=(ValueError,), seeds=lambda: (write_range(WANTED),)),
    Target(name="batch-proof", decode=decode_batch, declared=(BadProof,), seeds=lambda: _proven()[:1]),
    Target(name="range-proof", decode=_range_proof, declared=(BadProof,), seeds=lambda: _proven()[:1]),
)
