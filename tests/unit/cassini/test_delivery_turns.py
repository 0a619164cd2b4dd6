"""When a leader hands in a batch whose predecessors are still on their way."""

from dataclasses import replace

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS
from qos.cassini.findings import ProvenHeader, Queue, Route, seen
from qos.cassini.lane import DELIVER_AGAIN_NS, HAND_IN_NS, MAX_TOGETHER, Identity, Lane
from qos.cassini.messages import Deliver, Found, Inquiry
from qos.cassini.signing import Attestor
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import Packet, ProvenPacket, RelaySignature
from qos.proto.records.qos_relay_v1 import Batch, Member, Submission
from qos.testing.relay_group import ATTESTERS, QUEUE, RELAYS

ROUTE = Route(source="qos-1", destination="shop-1")
KEYS = sorted(key.public for key in ATTESTERS)
QUEUE_NOW = Queue(route=ROUTE, queue_id=QUEUE, epoch=0, with_proof=True, signers=tuple(KEYS), needed=3)
HEADER = ProvenHeader(height=9, header_hash=b"h" * 32, app_hash=b"a" * 32)
MEMBERS = tuple(Member(address=relay.address, key=key) for relay, key in zip(RELAYS, KEYS, strict=True))
START_NS = 1_000 * SECOND_NS
STEP_NS = MILLISECOND_NS


class SilentLog:
    """Keeps nothing: these relays have signed already."""

    def append(self, statement: object) -> None:
        """Forget it."""
        del statement


def lane_with_two_batches() -> Lane:
    """Return the lane of the leader of batch 2, which follows batch 1 of another leader; both are attested."""
    return lane_with(2)


def lane_with(count: int) -> Lane:
    """Return the lane of the leader of batch 2, and of every fourth behind it, with so many attested batches."""
    me = KEYS[2]
    lane = Lane(ROUTE, Identity(address=RELAYS[0].address, key=me), Attestor(ATTESTERS[0].private, SilentLog()))
    lane.learn_queue(QUEUE_NOW)
    batches = []
    for number in range(1, count + 1):
        encoded = codec.encode(Packet(version=1, queue_id=QUEUE, sequence=number, timeout=0, payload_gas=125_000))
        finding = seen(HEADER, number, [ProvenPacket(packet=encoded)], count)
        asked = Inquiry(queue=QUEUE_NOW, height=9, first=number, last=number)
        lane.learn_finding(Found(inquiry=asked, finding=finding), START_NS)
        batch = Batch(
            number=number,
            abstract=finding.abstract(QUEUE_NOW),
            packet_hashes=finding.hashes,
            signatures=tuple(RelaySignature(key=key, signature=b"s" * 64) for key in KEYS),
            fixed_at_ms=START_NS // MILLISECOND_NS,
        )
        batches.append(batch)
    lane.learn_group(MEMBERS, tuple(batches), ())
    lane.outbox = count
    return lane


def deliveries(lane: Lane, now_ns: int) -> list[Deliver]:
    """Return what the lane hands in now."""
    return [order for order in lane.orders(now_ns) if isinstance(order, Deliver)]


def delivered(lane: Lane, now_ns: int) -> list[int]:
    """Return the numbers of the batches the lane hands in now."""
    return [order.number for order in deliveries(lane, now_ns)]


def hear_that_the_first_was_handed_in(lane: Lane, height: int = 9) -> None:
    """Let the group know that the leader of batch 1 handed it in."""
    first, *others = lane.under_way()
    first = replace(first, abstract=replace(first.abstract, height=height))
    lane.learn_group(MEMBERS, (said_to_be_in(first), *others), ())


def said_to_be_in(batch: Batch, at_ms: int = 1) -> Batch:
    """Return a batch of which another member says that it handed it in."""
    return replace(batch, submissions=(Submission(relay=RELAYS[1].address, tx_hash=b"t" * 32, at_ms=at_ms),))


def test_a_batch_waits_for_word_that_the_one_before_it_was_handed_in() -> None:
    """A node takes transactions in the order they come: behind a batch that is not there yet this one is refused."""
    lane = lane_with_two_batches()
    assert delivered(lane, START_NS) == []
    hear_that_the_first_was_handed_in(lane)
    assert delivered(lane, START_NS + STEP_NS) == [2]
    lane.inbox = 1
    assert delivered(lane, START_NS + 2 * STEP_NS) == []
    assert delivered(lane, START_NS + STEP_NS + DELIVER_AGAIN_NS) == [2]


def test_what_is_attested_behind_a_batch_goes_along_with_it() -> None:
    """One word for many: else a queue is no faster than one batch for each block of the relays' chain."""
    lane = lane_with(12)
    hear_that_the_first_was_handed_in(lane)
    (order,) = deliveries(lane, START_NS)
    assert order.number == 2
    assert [each.number for each in order.behind] == list(range(3, 2 + MAX_TOGETHER))
    assert [each.has_header for each in (order, *order.behind)] == [True] * MAX_TOGETHER
    assert deliveries(lane, START_NS + STEP_NS) == [], "what went along rests too, though its turn may be ours"


def test_only_what_is_attested_without_a_gap_goes_along() -> None:
    lane = lane_with(5)
    batches = lane.under_way()
    lane.learn_group(MEMBERS, (*batches[:3], replace(batches[3], signatures=batches[3].signatures[:2]), batches[4]), ())
    hear_that_the_first_was_handed_in(lane)
    (order,) = deliveries(lane, START_NS)
    assert [each.number for each in order.behind] == [3]


def test_what_another_took_along_is_left_to_it_once() -> None:
    """Whoever says so without having done it holds a batch up for that long, however often it says so."""
    lane = lane_with_two_batches()
    first, second = lane.under_way()
    for step in range(4):
        lane.learn_group(MEMBERS, (said_to_be_in(first), said_to_be_in(second, at_ms=step)), ())
        assert deliveries(lane, START_NS + step * STEP_NS) == []
    assert delivered(lane, START_NS + DELIVER_AGAIN_NS) == [2]


def test_what_another_took_along_does_not_go_along_again() -> None:
    lane = lane_with(3)
    first, second, third = lane.under_way()
    lane.learn_group(MEMBERS, (said_to_be_in(first), second, said_to_be_in(third)), ())
    (order,) = deliveries(lane, START_NS)
    assert (order.number, order.behind) == (2, ())


def test_the_header_is_not_carried_again_behind_the_batch_that_brings_it() -> None:
    lane = lane_with_two_batches()
    hear_that_the_first_was_handed_in(lane)
    assert [order.has_header for order in deliveries(lane, START_NS)] == [True]
    lane.inbox = 1
    assert [order.has_header for order in deliveries(lane, START_NS + DELIVER_AGAIN_NS)] == [False]


def test_another_header_is_carried() -> None:
    lane = lane_with_two_batches()
    hear_that_the_first_was_handed_in(lane, height=8)
    assert [order.has_header for order in deliveries(lane, START_NS)] == [False]


def test_what_went_out_without_word_goes_out_again_as_soon_as_its_turn_comes() -> None:
    lane = lane_with_two_batches()
    assert delivered(lane, START_NS) == []
    later_ns = START_NS + HAND_IN_NS
    assert delivered(lane, later_ns) == [2]
    assert delivered(lane, later_ns + STEP_NS) == []
    lane.inbox = 1
    assert delivered(lane, later_ns + 2 * STEP_NS) == [2]
    assert delivered(lane, later_ns + 3 * STEP_NS) == []
    assert delivered(lane, later_ns + 3 * STEP_NS + DELIVER_AGAIN_NS) == [2]


def test_what_went_out_in_its_turn_rests() -> None:
    lane = lane_with_two_batches()
    lane.inbox = 1
    assert delivered(lane, START_NS) == [2]
    assert delivered(lane, START_NS + DELIVER_AGAIN_NS - 1) == []


def test_nothing_goes_out_before_what_stands_before_it_is_attested() -> None:
    lane = lane_with_two_batches()
    first, second = lane.under_way()
    lane.learn_group(MEMBERS, (replace(first, signatures=first.signatures[:2]), second), ())
    assert delivered(lane, START_NS) == []
