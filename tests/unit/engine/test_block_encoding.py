"""Blocks: parts and names."""

from qos.base import merkle
from qos.engine import blocks
from qos.engine.blocks import PART_BYTES
from qos.testing.engine_worlds import produce, world


def test_a_block_is_cut_into_parts_of_64_kib() -> None:
    encoded = b"x" * (2 * PART_BYTES + 1)
    header = blocks.part_set_header(encoded)
    assert header.total == 3
    assert header.hash == merkle.root([encoded[:PART_BYTES], encoded[PART_BYTES : 2 * PART_BYTES], b"x"])


def test_a_full_part_is_not_followed_by_an_empty_one() -> None:
    assert blocks.part_set_header(b"x" * PART_BYTES).total == 1


def test_a_large_block_is_named_by_all_its_parts() -> None:
    large = b"key=" + b"v" * (3 * PART_BYTES)
    (committed,) = produce(world().producer(), [large])
    assert committed.block_id.part_set_header.total == 4
    assert blocks.name(committed.block, committed.encoded) == committed.block_id
