"""What every adapter has to do, whatever family of chains it is for: subclass `AdapterConformance` in its tests.

A case holds an adapter over a chain with packets in an outbox; the claims below are the adapter contract.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from qos.cassini.adapters.contract import Adapter, AdapterUnavailable
from qos.cassini.findings import Absent, Queue, Seen, Unknown, fits
from qos.cassini.messages import Inquiry
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.testing.relay_world import run_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An adapter, a queue of its chain with `sent` packets (2 to 64), and a final height that proves them."""

    adapter: Adapter
    queue: Queue
    sent: int
    height: int
    now_ns: int

    def inquiry(self, first: int, last: int = 0, *, height: int = 0) -> Inquiry:
        """Return an inquiry about the queue."""
        return Inquiry(queue=self.queue, height=height or self.height, first=first, last=last)


class MakesCases(Protocol):
    """What a subclass gives."""

    def case(self) -> Case:
        """Return a case with a fresh adapter."""
        ...

    def deaf_case(self) -> Case:
        """Return a case whose adapter reaches no source."""
        ...


class AdapterConformance:
    """The contract, as tests."""

    def test_all_packets_are_seen_in_order_with_their_hashes(self: MakesCases) -> None:
        """Seen holds every packet up to the end, each named by its hash, under a header with both hashes."""
        case = self.case()
        found = run_now(case.adapter.prove(case.inquiry(1), case.now_ns))
        assert isinstance(found, Seen)
        assert (found.first, found.last, found.outbox) == (1, case.sent, case.sent)
        assert found.hashes == tuple(packet_hash(each.packet) for each in found.packets)
        assert (found.header.height, len(found.header.header_hash), len(found.header.app_hash)) == (case.height, 32, 32)
        assert fits(found.packets)

    def test_a_part_named_is_exactly_that_part(self: MakesCases) -> None:
        """An inquiry with a last sequence is answered with no more and no fewer."""
        case = self.case()
        found = run_now(case.adapter.prove(case.inquiry(2, case.sent), case.now_ns))
        assert isinstance(found, Seen)
        assert (found.first, found.last) == (2, case.sent)

    def test_asking_twice_gives_the_same(self: MakesCases) -> None:
        """A finding depends on the chain alone."""
        case = self.case()
        one, two = (run_now(case.adapter.prove(case.inquiry(1), case.now_ns)) for _ in range(2))
        assert one == two

    def test_what_lies_behind_the_end_is_absent(self: MakesCases) -> None:
        """Absence at a final height is an answer of its own."""
        case = self.case()
        for inquiry in (case.inquiry(case.sent + 1), case.inquiry(1, case.sent + 1)):
            assert isinstance(run_now(case.adapter.prove(inquiry, case.now_ns)), Absent)

    def test_what_is_not_final_yet_is_unknown(self: MakesCases) -> None:
        """No block, no answer; never absence."""
        case = self.case()
        inquiry = case.inquiry(1, height=case.height + 1_000_000)
        assert isinstance(run_now(case.adapter.prove(inquiry, case.now_ns)), Unknown)

    def test_another_queue_has_none_of_the_packets(self: MakesCases) -> None:
        """The queue id is part of what is proven."""
        case = self.case()
        foreign = replace(case.inquiry(1, 1), queue=replace(case.queue, queue_id=b"f" * 32))
        assert isinstance(run_now(case.adapter.prove(foreign, case.now_ns)), Absent)

    def test_the_queue_is_read_as_long_as_it_is(self: MakesCases) -> None:
        """The hint for work to do says how many packets were sent."""
        case = self.case()
        read = run_now(case.adapter.queues(case.queue.route.destination))
        assert (read.chain_id, read.outbox) == (case.adapter.chain_id, case.sent)
        assert read.height >= case.height - 1

    def test_without_a_source_everything_is_unknown_or_unavailable(self: MakesCases) -> None:
        """Silence is never an answer."""
        case = self.deaf_case()
        assert isinstance(run_now(case.adapter.prove(case.inquiry(1), case.now_ns)), Unknown)
        try:
            read = run_now(case.adapter.queues(case.queue.route.destination))
        except AdapterUnavailable:
            return
        raise AssertionError(f"a queue was read from nobody: {read}")
