"""How long packets wait and how long stages take, from what one relay hears."""

from qos.base.blocktime import MILLISECOND_NS
from qos.cassini.stopwatch import REMEMBERED_TIMES, Stage, Stopwatch
from qos.proto.records.qos_relay_v1 import Batch
from qos.testing.relay_group import abstract_of

MS = MILLISECOND_NS


def batch(number: int, first: int, last: int, fixed_ms: int) -> Batch:
    return Batch(number=number, abstract=abstract_of(first, last), fixed_at_ms=fixed_ms)


def carried(watch: Stopwatch, number: int, at_ms: int, *, delivered_after_ms: int = 40) -> None:
    """Carry one packet: agreed after 10 ms, signed after 30, delivered after `delivered_after_ms`."""
    watch.sent(number, at_ms * MS)
    packet = batch(number, number, number, at_ms + 10)
    watch.batch(packet, attested=False, now_ns=(at_ms + 15) * MS)
    watch.batch(packet, attested=True, now_ns=(at_ms + 30) * MS)
    watch.received(number, (at_ms + delivered_after_ms) * MS)


def stopwatch() -> Stopwatch:
    """Return one that was told that nothing was received yet."""
    watch = Stopwatch()
    watch.received(0, 0)
    return watch


def times(watch: Stopwatch) -> dict[Stage, tuple[int, int]]:
    return {each.stage: (each.p50_ns // MS, each.p95_ns // MS) for each in watch.times()}


def test_each_stage_of_a_batch_is_timed() -> None:
    watch = stopwatch()
    carried(watch, 1, 1_000)
    expected = {Stage.AGREE: 10, Stage.SIGN: 20, Stage.DELIVER: 10, Stage.WHOLE: 40}
    assert times(watch) == {stage: (value, value) for stage, value in expected.items()}


def test_quantiles_are_over_the_newest_batches() -> None:
    watch = stopwatch()
    for number in range(1, 2 * REMEMBERED_TIMES):
        carried(watch, number, 1_000 * number, delivered_after_ms=999 if number % 10 == 0 else 40)
    assert times(watch)[Stage.WHOLE] == (40, 999)
    assert next(watch.times()).count == 2 * REMEMBERED_TIMES - 1
    for number in range(2 * REMEMBERED_TIMES, 3 * REMEMBERED_TIMES):
        carried(watch, number, 1_000 * number)
    assert times(watch)[Stage.WHOLE] == (40, 40)


def test_the_oldest_packet_ages_from_when_it_was_first_heard_of() -> None:
    watch = stopwatch()
    assert watch.oldest_age_ns(50 * MS) == 0
    watch.sent(3, 100 * MS)
    watch.sent(5, 400 * MS)
    assert (watch.depth, watch.oldest_age_ns(1_000 * MS)) == (5, 900 * MS)
    watch.received(3, 1_000 * MS)
    assert (watch.depth, watch.oldest_age_ns(1_000 * MS)) == (2, 600 * MS)
    watch.received(5, 1_000 * MS)
    assert (watch.depth, watch.oldest_age_ns(2_000 * MS)) == (0, 0)


def test_a_batch_that_is_heard_of_late_counts_from_its_arrival() -> None:
    watch = stopwatch()
    watch.sent(2, 1_000 * MS)
    watch.received(2, 1_200 * MS)
    watch.batch(batch(1, 1, 2, 1_100), attested=True, now_ns=1_300 * MS)
    assert times(watch)[Stage.WHOLE] == (200, 200)
    assert times(watch)[Stage.DELIVER] == (0, 0)


def test_what_was_delivered_before_the_start_is_not_timed() -> None:
    watch = Stopwatch()
    watch.sent(9, 1_000 * MS)
    watch.received(9, 1_000 * MS)
    watch.batch(batch(1, 1, 5, 100), attested=True, now_ns=1_100 * MS)
    watch.batch(batch(2, 10, 12, 1_200), attested=False, now_ns=1_300 * MS)
    watch.sent(12, 1_250 * MS)
    watch.batch(batch(2, 10, 12, 1_200), attested=True, now_ns=1_300 * MS)
    watch.received(12, 1_400 * MS)
    assert times(watch)[Stage.WHOLE] == (150, 150)
    assert times(watch)[Stage.AGREE] == (0, 0), "a clock of the Cassini chain that runs behind gives no negative time"
