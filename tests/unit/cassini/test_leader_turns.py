"""R1: whose turn it is."""

from qos.base.blocktime import SECOND_NS
from qos.cassini.leader import attempt_at, leader

KEYS = (b"d", b"a", b"c", b"b")


def test_members_take_turns_by_sorted_key() -> None:
    assert [leader(KEYS, 6, attempt) for attempt in range(5)] == [b"c", b"d", b"a", b"b", b"c"]


def test_the_next_batch_begins_with_the_next_member() -> None:
    assert [leader(KEYS, batch, 0) for batch in range(4)] == [b"a", b"b", b"c", b"d"]


def test_attempt_k_begins_k_times_ten_seconds_after_round_one() -> None:
    fixed_ms = 1_000_000
    start = fixed_ms * 1_000_000
    assert attempt_at(fixed_ms, start - 5 * SECOND_NS) == 0
    assert attempt_at(fixed_ms, start) == 0
    assert attempt_at(fixed_ms, start + 10 * SECOND_NS - 1) == 0
    assert attempt_at(fixed_ms, start + 10 * SECOND_NS) == 1
    assert attempt_at(fixed_ms, start + 39 * SECOND_NS) == 3
