"""What goes along with a batch, and the one word for all of it."""

from dataclasses import replace
from typing import cast

from qos.base.blocktime import SECOND_NS
from qos.cassini.adapters.contract import Adapter, AdapterUnavailable
from qos.cassini.findings import Queue, Route
from qos.cassini.group import Group
from qos.cassini.messages import Accepted, Deliver, Failed
from qos.cassini.perform import perform
from qos.cassini.submissions import RECORD_AGAIN_NS, Submissions
from qos.proto.records.qos_qcp_v1 import Attestation
from qos.testing.relay_group import QUEUE, RELAYS, abstract_of
from qos.testing.relay_world import run_now

ROUTE = Route(source="qos-1", destination="shop-1")
NOW_NS = 1_000 * SECOND_NS


def delivery(number: int, *behind: int) -> Deliver:
    return Deliver(
        queue=Queue(route=ROUTE, queue_id=QUEUE, epoch=0, with_proof=True, signers=(), needed=3),
        number=number,
        attestation=Attestation(abstract=abstract_of(), signatures=()),
        hashes=(),
        packets=(),
        behind=tuple(delivery(each) for each in behind),
    )


class Destination:
    """Takes so many deliveries and refuses the next."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.taken: list[int] = []

    async def deliver(self, order: Deliver, source: object, now_ns: int) -> bytes:
        """Take a delivery and name its transaction by the batch."""
        del source, now_ns
        if len(self.taken) == self.takes:
            raise AdapterUnavailable("the mempool is full for this sender")
        self.taken.append(order.number)
        return b"%032d" % order.number


def handed_in(order: Deliver, takes: int) -> Accepted | Failed:
    place = cast(Adapter, Destination(takes))
    event = run_now(perform(order, {"qos-1": place, "shop-1": place}, cast(Group, None), NOW_NS))
    assert isinstance(event, Accepted | Failed)
    return event


def words(submissions: Submissions, now_ns: int) -> list[tuple[int, ...]]:
    return [tuple(each.batch for each in order.messages) for order in submissions.orders(now_ns)]


def test_all_that_was_taken_is_recorded_in_one_transaction_until_it_is() -> None:
    submissions, order = Submissions(RELAYS[0].address), delivery(4, 5, 6)
    event = handed_in(order, 3)
    assert isinstance(event, Accepted)
    submissions.handed_in(event, order)
    (said,) = submissions.orders(NOW_NS)
    assert [(each.batch, each.tx_hash) for each in said.messages] == [(n, b"%032d" % n) for n in (4, 5, 6)]
    assert words(submissions, NOW_NS + 1) == []
    assert words(submissions, NOW_NS + RECORD_AGAIN_NS) == [(4, 5, 6)]
    submissions.recorded(said.messages)
    assert words(submissions, NOW_NS + 2 * RECORD_AGAIN_NS) == []


def test_what_was_not_taken_is_not_recorded() -> None:
    """A mempool that is full for a sender keeps what it has; the rest waits for its own leader."""
    submissions, order = Submissions(RELAYS[0].address), delivery(4, 5, 6)
    event = handed_in(order, 2)
    assert isinstance(event, Accepted)
    submissions.handed_in(event, order)
    assert words(submissions, NOW_NS) == [(4, 5)]


def test_nothing_is_handed_in_behind_a_batch_that_was_refused() -> None:
    assert isinstance(handed_in(delivery(4, 5), 0), Failed)


def test_a_batch_handed_in_again_is_recorded_anew() -> None:
    submissions, order = Submissions(RELAYS[0].address), delivery(4)
    event = handed_in(order, 1)
    assert isinstance(event, Accepted)
    submissions.handed_in(event, order)
    (first,) = submissions.orders(NOW_NS)
    submissions.handed_in(replace(event, tx_hash=b"again".ljust(32)), order)
    submissions.recorded(first.messages)
    assert words(submissions, NOW_NS) == [(4,)]
