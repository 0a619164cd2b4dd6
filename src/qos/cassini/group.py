"""The Cassini chain as a relay uses it: reading votes and batches, sending its own.

What is read here is not proven: a lying node of the Cassini chain can keep a relay from agreeing, but not make it
sign, since a relay signs only what it proved at the source itself.
"""

from qos.cassini.messages import GroupRead, ReadGroup, Report
from qos.cassini.submitter import Submitter
from qos.client.calls import Transport
from qos.client.queries import query
from qos.proto.records.qos_relay_v1 import (
    Batch,
    MsgHoldConsortium,
    MsgObserve,
    MsgRecordSubmission,
    MsgReportEquivocation,
    MsgSign,
    QueryBatchesRequest,
    QueryBatchesResponse,
    QueryMembersRequest,
    QueryMembersResponse,
    QueryVotesRequest,
    QueryVotesResponse,
    Vote,
)

GroupMessage = MsgObserve | MsgSign | MsgRecordSubmission | MsgHoldConsortium
GAS: dict[type[GroupMessage], int] = {
    MsgObserve: 10_000_000,
    MsgSign: 2_000_000,
    MsgRecordSubmission: 2_000_000,
    MsgHoldConsortium: 2_000_000,
}
REPORT_GAS = 5_000_000
MAX_PAGES = 64
FULL_PAGE = 32
"""Batches in one answer of the chain."""


class Group:
    """The relay group over one node."""

    def __init__(self, node: Transport, submitter: Submitter) -> None:
        """Speak to a node as a member."""
        self._node = node
        self._submitter = submitter

    async def read(self, order: ReadGroup) -> GroupRead:
        """Read members, batches and votes. Raises: Refused, CallFailed, BadAnswer, Unreachable."""
        members = query("/qos.relay.v1.Query/Members", QueryMembersRequest(), QueryMembersResponse)
        votes: list[Vote] = []
        for queue_id in order.queue_ids:
            asked = query("/qos.relay.v1.Query/Votes", QueryVotesRequest(queue_id=queue_id), QueryVotesResponse)
            votes.extend((await self._node.send(asked)).votes)
        return GroupRead(
            members=(await self._node.send(members)).members,
            batches=await self._batches(order.from_number),
            votes=tuple(votes),
        )

    async def _batches(self, from_number: int) -> tuple[Batch, ...]:
        found: list[Batch] = []
        for _ in range(MAX_PAGES):
            request = QueryBatchesRequest(from_number=found[-1].number + 1 if found else from_number)
            page = (await self._node.send(query("/qos.relay.v1.Query/Batches", request, QueryBatchesResponse))).batches
            found.extend(page)
            if len(page) < FULL_PAGE:
                break
        return tuple(found)

    async def send(self, message: GroupMessage) -> bytes:
        """Send what a member has to say; returns the transaction's hash. Raises: as `Submitter.send`."""
        return await self._submitter.send(self._node, (message,), GAS[type(message)])

    async def report(self, report: Report) -> bytes:
        """Show a contradiction; returns the transaction's hash. Raises: as `Submitter.send`."""
        message = MsgReportEquivocation(
            reporter=self._submitter.address,
            key=report.key,
            first=report.first.abstract,
            first_signature=report.first.signature,
            first_hashes=tuple(report.first.hashes),
            second=report.second.abstract,
            second_signature=report.second.signature,
            second_hashes=tuple(report.second.hashes),
        )
        return await self._submitter.send(self._node, (message,), REPORT_GAS)
