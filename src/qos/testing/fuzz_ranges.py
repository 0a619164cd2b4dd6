"""Decoders of ranges of a store: what asks for one, and its proof."""

from functools import cache

from qos.store.ics23 import BadProof
from qos.store.ics23_batch import decode_batch
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
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


def _range_proof(data: bytes) -> None:
    first, second, app_hash = _proven()
    if data == first:
        return
    proven_pairs([data, second], app_hash, "bank", KEYS[7:17])
    raise AssertionError("an altered proof was accepted")


TARGETS = (
    Target(name="range", decode=read_range, declared=(ValueError,), seeds=lambda: (write_range(WANTED),)),
    Target(name="batch-proof", decode=decode_batch, declared=(BadProof,), seeds=lambda: _proven()[:1]),
    Target(name="range-proof", decode=_range_proof, declared=(BadProof,), seeds=lambda: _proven()[:1]),
)
