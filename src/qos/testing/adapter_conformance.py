"""What every adapter has to do, whatever family of chains it is for: the adapter contract as claims.

Subclass `AdapterConformance` and give cases; pytest runs the subclass as tests, `python -m qos.testing.check_adapter
package.module:Subclass` runs it without. `docs/guides/adapter.md` tells the whole way.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from qos.cassini.adapters.contract import Adapter, AdapterUnavailable
from qos.cassini.findings import Absent, Queue, Seen, Unknown, fits
from qos.cassini.messages import Deliver, Inquiry
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import MIN_RELAYS, digest, quorum
from qos.modules.crosschain.qcp.packets import packet_hash
from qos.proto.records.qos_qcp_v1 import Attestation, RelaySignature
from qos.testing.relay_world import run_now

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCase:
    """An adapter to a destination, one to its source, and a good delivery of the next packets, at least two.

    `settle` lets the destination do what was handed in; `before` is its inbox sequence at the start.
    """

    adapter: Adapter
    source: Adapter
    delivery: Deliver
    before: int
    now_ns: int
    settle: Callable[[], None]


def attested(queue: Queue, found: Seen, secrets: Sequence[bytes], number: int = 1) -> Deliver:
    """Return a delivery of proven packets, attested by relays with these private keys."""
    abstract = found.abstract(queue)
    pairs = sorted((secp256k1.public_key(secret), secp256k1.sign(secret, digest(abstract))) for secret in secrets)
    signatures = tuple([RelaySignature(key=key, signature=signature) for key, signature in pairs])
    return Deliver(
        queue=queue,
        number=number,
        attestation=Attestation(abstract=abstract, signatures=signatures),
        hashes=found.hashes,
        packets=found.packets,
    )


class MakesCases(Protocol):
    """What a subclass gives."""

    def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a call of the adapter to its end."""
        ...

    def case(self) -> Case:
        """Return a case with a fresh adapter."""
        ...

    def deaf_case(self) -> Case:
        """Return a case whose adapter reaches no source."""
        ...

    def delivery_case(self) -> DeliveryCase:
        """Return a case of a destination that has received nothing of the delivery yet."""
        ...


def hand_in(suite: MakesCases, case: DeliveryCase, delivery: Deliver) -> bytes | None:
    """Hand something in; returns the transaction's name, None when it was refused at once."""
    try:
        name = suite.finish(case.adapter.deliver(delivery, case.source, case.now_ns))
    except AdapterUnavailable:
        name = None
    case.settle()
    return name


def inbox(suite: MakesCases, case: DeliveryCase) -> int:
    """Return the destination's inbox sequence."""
    return suite.finish(case.adapter.queues(case.source.chain_id)).inbox


class AdapterConformance:
    """The contract, as tests."""

    def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Run what never waits; an adapter that does needs `asyncio.Runner().run`, one runner for all calls."""
        return run_now(work)

    def test_all_packets_are_seen_in_order_with_their_hashes(self: MakesCases) -> None:
        """Seen holds every packet up to the end, each named by its hash, under a header with both hashes."""
        case = self.case()
        found = self.finish(case.adapter.prove(case.inquiry(1), case.now_ns))
        assert isinstance(found, Seen)
        assert (found.first, found.last, found.outbox) == (1, case.sent, case.sent)
        assert found.hashes == tuple(packet_hash(each.packet) for each in found.packets)
        assert (found.header.height, len(found.header.header_hash), len(found.header.app_hash)) == (case.height, 32, 32)
        assert fits(found.packets)

    def test_a_part_named_is_exactly_that_part(self: MakesCases) -> None:
        """An inquiry with a last sequence is answered with no more and no fewer."""
        case = self.case()
        found = self.finish(case.adapter.prove(case.inquiry(2, case.sent), case.now_ns))
        assert isinstance(found, Seen)
        assert (found.first, found.last) == (2, case.sent)

    def test_asking_twice_gives_the_same(self: MakesCases) -> None:
        """A finding depends on the chain alone."""
        case = self.case()
        one, two = (self.finish(case.adapter.prove(case.inquiry(1), case.now_ns)) for _ in range(2))
        assert one == two

    def test_what_lies_behind_the_end_is_absent(self: MakesCases) -> None:
        """Absence at a final height is an answer of its own."""
        case = self.case()
        for inquiry in (case.inquiry(case.sent + 1), case.inquiry(1, case.sent + 1)):
            assert isinstance(self.finish(case.adapter.prove(inquiry, case.now_ns)), Absent)

    def test_what_is_not_final_yet_is_unknown(self: MakesCases) -> None:
        """No block, no answer; never absence."""
        case = self.case()
        inquiry = case.inquiry(1, height=case.height + 1_000_000)
        assert isinstance(self.finish(case.adapter.prove(inquiry, case.now_ns)), Unknown)

    def test_another_queue_has_none_of_the_packets(self: MakesCases) -> None:
        """The queue id is part of what is proven."""
        case = self.case()
        foreign = replace(case.inquiry(1, 1), queue=replace(case.queue, queue_id=b"f" * 32))
        assert isinstance(self.finish(case.adapter.prove(foreign, case.now_ns)), Absent)

    def test_the_queue_is_read_as_long_as_it_is(self: MakesCases) -> None:
        """The hint for work to do says how many packets were sent."""
        case = self.case()
        read = self.finish(case.adapter.queues(case.queue.route.destination))
        assert (read.chain_id, read.outbox) == (case.adapter.chain_id, case.sent)
        assert read.height >= case.height - 1

    def test_without_a_source_everything_is_unknown_or_unavailable(self: MakesCases) -> None:
        """Silence is never an answer."""
        case = self.deaf_case()
        assert isinstance(self.finish(case.adapter.prove(case.inquiry(1), case.now_ns)), Unknown)
        try:
            read = self.finish(case.adapter.queues(case.queue.route.destination))
        except AdapterUnavailable:
            return
        raise AssertionError(f"a queue was read from nobody: {read}")

    def test_the_registration_names_queue_epoch_and_signers(self: MakesCases) -> None:
        """What is attested is bound to this queue, and enough keys have to sign."""
        case = self.delivery_case()
        queue = self.finish(case.adapter.registration(case.source.chain_id))
        assert queue == case.delivery.queue
        assert queue.route.destination == case.adapter.chain_id
        assert (len(queue.queue_id), len(set(queue.signers))) == (32, len(queue.signers))
        assert queue.needed >= quorum(MIN_RELAYS)

    def test_a_stranger_has_no_registration(self: MakesCases) -> None:
        """A chain nobody registered is refused."""
        case = self.delivery_case()
        try:
            queue = self.finish(case.adapter.registration("stranger-1"))
        except AdapterUnavailable:
            return
        raise AssertionError(f"a stranger has a queue: {queue}")

    def test_a_good_delivery_is_received_once(self: MakesCases) -> None:
        """Handing it in again changes nothing."""
        case = self.delivery_case()
        assert inbox(self, case) == case.before
        name = hand_in(self, case, case.delivery)
        assert name is not None
        assert len(name) == 32
        assert inbox(self, case) == case.before + len(case.delivery.packets)
        hand_in(self, case, case.delivery)
        assert inbox(self, case) == case.before + len(case.delivery.packets)

    def test_too_few_signatures_move_nothing(self: MakesCases) -> None:
        """Two thirds are not more than two thirds."""
        case = self.delivery_case()
        signatures = case.delivery.attestation.signatures[: case.delivery.queue.needed - 1]
        hand_in(
            self, case, replace(case.delivery, attestation=replace(case.delivery.attestation, signatures=signatures))
        )
        assert inbox(self, case) == case.before

    def test_a_bent_packet_moves_nothing(self: MakesCases) -> None:
        """What is received is what was attested, to the last byte."""
        case = self.delivery_case()
        first, *rest = case.delivery.packets
        changed = first.packet[:-1] + bytes((first.packet[-1] ^ 1,))
        bent = replace(first, packet=changed, store_proof=b"", chain_proof=b"")
        hand_in(self, case, replace(case.delivery, packets=(bent, *rest)))
        assert inbox(self, case) == case.before

    def test_a_gap_moves_nothing(self: MakesCases) -> None:
        """Only the next packet is taken."""
        case = self.delivery_case()
        hand_in(self, case, replace(case.delivery, packets=case.delivery.packets[1:]))
        assert inbox(self, case) == case.before

    def test_the_first_part_of_a_batch_may_be_delivered_and_the_rest_later(self: MakesCases) -> None:
        """Any proven prefix of a batch counts."""
        case = self.delivery_case()
        hand_in(self, case, replace(case.delivery, packets=case.delivery.packets[:1]))
        assert inbox(self, case) == case.before + 1
        hand_in(self, case, replace(case.delivery, packets=case.delivery.packets[1:]))
        assert inbox(self, case) == case.before + len(case.delivery.packets)
