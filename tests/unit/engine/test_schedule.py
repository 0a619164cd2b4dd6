"""When blocks are due."""

import pytest

from qos.base.blocktime import MILLISECOND_NS
from qos.engine.embedded.schedule import Schedule, ScheduleConfig


def schedule(min_interval_ms: int = 0, heartbeat_ms: int = 1_000, start_ms: int = 0) -> Schedule:
    config = ScheduleConfig(min_interval_ms=min_interval_ms, heartbeat_ms=heartbeat_ms)
    return Schedule(config, start_ms * MILLISECOND_NS)


def block(timing: Schedule, at_ms: int, transactions: int = 0, *, are_waiting: bool = False) -> None:
    timing.receive_block(at_ms * MILLISECOND_NS, transactions=transactions, are_waiting=are_waiting)


def due_ms(timing: Schedule) -> int:
    return timing.next_timer() // MILLISECOND_NS


def test_the_first_block_is_due_at_the_start() -> None:
    assert due_ms(schedule(start_ms=5)) == 5


def test_transactions_do_not_come_before_the_start() -> None:
    timing = schedule(start_ms=5)
    timing.receive_transactions()
    assert due_ms(timing) == 5
    assert not timing.takes_transactions(4 * MILLISECOND_NS)


def test_an_idle_chain_beats_every_heartbeat() -> None:
    timing = schedule(heartbeat_ms=300)
    block(timing, 0)
    assert due_ms(timing) == 300


def test_a_transaction_makes_a_block_at_once() -> None:
    timing = schedule()
    block(timing, 0)
    timing.receive_transactions()
    assert due_ms(timing) == 0
    assert timing.takes_transactions(1)


def test_a_block_with_transactions_is_followed_at_once_by_one_that_starts_none() -> None:
    timing = schedule()
    block(timing, 0)
    timing.receive_transactions()
    block(timing, 10, transactions=3)
    assert due_ms(timing) == 10
    block(timing, 11)
    assert due_ms(timing) == 1_011


def test_a_chain_that_hurries_no_proof_makes_no_empty_block_while_it_is_busy() -> None:
    timing = Schedule(ScheduleConfig(min_interval_ms=100, proof_after_ms=100), 0)
    block(timing, 0, transactions=1)
    assert due_ms(timing) == 100
    timing.receive_transactions()
    assert due_ms(timing) == 100
    assert timing.takes_transactions(100 * MILLISECOND_NS)
    block(timing, 100, transactions=1)
    assert due_ms(timing) == 200
    block(timing, 200)
    assert due_ms(timing) == 1_200


def test_a_proof_block_does_not_come_after_the_heartbeat() -> None:
    with pytest.raises(ValueError, match="proof_after_ms"):
        ScheduleConfig(heartbeat_ms=100, proof_after_ms=101)


def test_transactions_wait_for_the_floor_but_the_proof_block_does_not() -> None:
    timing = schedule(min_interval_ms=200)
    block(timing, 0)
    timing.receive_transactions()
    block(timing, 10, transactions=1, are_waiting=True)
    assert due_ms(timing) == 10
    assert not timing.takes_transactions(11 * MILLISECOND_NS)
    block(timing, 11, are_waiting=True)
    assert due_ms(timing) == 210
    assert timing.takes_transactions(210 * MILLISECOND_NS)


def test_a_floor_of_one_second_gives_blocks_of_one_second() -> None:
    timing, times = schedule(min_interval_ms=1_000), []
    timing.receive_transactions()
    for _ in range(6):
        now_ms = due_ms(timing)
        taken = 5 if timing.takes_transactions(now_ms * MILLISECOND_NS) else 0
        block(timing, now_ms, taken, are_waiting=True)
        times.append((now_ms, taken))
    assert times == [(0, 5), (0, 0), (1_000, 5), (1_000, 0), (2_000, 5), (2_000, 0)]


def test_what_waits_but_fits_no_block_does_not_make_empty_blocks_without_pause() -> None:
    timing = schedule()
    timing.receive_transactions()
    block(timing, 0, transactions=0, are_waiting=True)
    assert due_ms(timing) == 1_000


@pytest.mark.parametrize(("floor", "heartbeat"), [(-1, 1_000), (2_000, 1_000), (0, 0), (0, 600_001)])
def test_intervals_that_contradict_each_other_are_refused(floor: int, heartbeat: int) -> None:
    with pytest.raises(ValueError, match="heartbeat_ms"):
        ScheduleConfig(min_interval_ms=floor, heartbeat_ms=heartbeat)
