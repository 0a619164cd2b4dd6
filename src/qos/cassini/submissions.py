"""Putting on record what this relay handed in, so that the Cassini chain alone tells who delivered what."""

from collections.abc import Iterator

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.cassini.messages import RecordSubmission
from qos.cassini.pace import Pace
from qos.proto.records.qos_relay_v1 import MsgRecordSubmission

RECORD_AGAIN_NS = 3 * SECOND_NS
MAX_UNRECORDED = 64


class Submissions:
    """Remembers what was handed in until the Cassini chain took the record; the oldest are forgotten first."""

    def __init__(self, relay: Address) -> None:
        """Know of none."""
        self._relay = relay
        self._unrecorded: dict[int, bytes] = {}
        self._pace = Pace()

    def handed_in(self, batch: int, tx_hash: bytes) -> None:
        """Remember that a node took a batch."""
        self._unrecorded[batch] = tx_hash
        while len(self._unrecorded) > MAX_UNRECORDED:
            del self._unrecorded[next(iter(self._unrecorded))]

    def recorded(self, message: MsgRecordSubmission) -> None:
        """Forget what is on record."""
        if self._unrecorded.get(message.batch) == message.tx_hash:
            del self._unrecorded[message.batch]

    def orders(self, now_ns: int) -> Iterator[RecordSubmission]:
        """Yield the records that are due."""
        for batch, tx_hash in self._unrecorded.items():
            if self._pace.take((batch, tx_hash), now_ns, RECORD_AGAIN_NS):
                yield RecordSubmission(message=MsgRecordSubmission(relay=self._relay, batch=batch, tx_hash=tx_hash))
