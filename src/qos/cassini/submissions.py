"""Putting on record what this relay handed in, so that the Cassini chain alone tells who delivered what.

What went along with a batch is recorded with it: between the two the next leader would hand it in again.
"""

from collections.abc import Iterator

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.cassini.messages import Accepted, Deliver, RecordSubmission
from qos.cassini.pace import Pace
from qos.proto.records.qos_relay_v1 import MsgRecordSubmission

RECORD_AGAIN_NS = 3 * SECOND_NS
MAX_UNRECORDED = 64


class Submissions:
    """Remembers what was handed in until the Cassini chain took the record; the oldest are forgotten first."""

    def __init__(self, relay: Address) -> None:
        """Know of none."""
        self._relay = relay
        self._unrecorded: dict[int, tuple[MsgRecordSubmission, ...]] = {}
        self._pace = Pace()

    def handed_in(self, taken: Accepted, delivery: Deliver) -> None:
        """Remember that a node took a batch, and those behind it that went along."""
        numbers = [delivery.number, *[each.number for each in delivery.behind]]
        self._unrecorded[delivery.number] = tuple(
            [
                MsgRecordSubmission(relay=self._relay, batch=number, tx_hash=tx_hash)
                for number, tx_hash in zip(numbers, (taken.tx_hash, *taken.behind), strict=False)
            ]
        )
        while len(self._unrecorded) > MAX_UNRECORDED:
            del self._unrecorded[next(iter(self._unrecorded))]

    def recorded(self, messages: tuple[MsgRecordSubmission, ...]) -> None:
        """Forget what is on record."""
        if self._unrecorded.get(messages[0].batch) == messages:
            del self._unrecorded[messages[0].batch]

    def orders(self, now_ns: int) -> Iterator[RecordSubmission]:
        """Yield the records that are due."""
        for messages in self._unrecorded.values():
            if self._pace.take(messages, now_ns, RECORD_AGAIN_NS):
                yield RecordSubmission(messages=messages)
