"""The Cassini chain as a relay uses it: reading votes and batches, sending its own.

What is read here is not proven: a lying node of the Cassini chain can keep a relay from agreeing, but not make it
sign, since a relay signs only what it proved at the source itself.
"""

from qos.cassini.messages import GroupRead, ReadGroup, Report
from qos.cassini.submitter import Submitter
from qos.client.calls import BatchTransport, Call
from qos.client.node import QueryAnswer, abci_query
from qos.proto.codec import decode_lenient, encode
from qos.proto.record import Record
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
)

GroupMessage = MsgObserve | MsgSign | MsgRecordSubmission | MsgHoldConsortium
GAS: dict[type[GroupMessage], int] = {
    MsgObserve: 1_000_000,
    MsgSign: 500_000,
    MsgRecordSubmission: 500_000,
    MsgHoldConsortium: 2_000_000,
}
"""Twice what a message takes among 64 members."""
REPORT_GAS = 5_000_000
MAX_PAGES = 64
FULL_PAGE = 32
"""Batches in one answer of the chain."""


class Group:
    """The relay group over one node."""

    def __init__(self, node: BatchTransport, submitter: Submitter) -> None:
        """Speak to a node as a member."""
        self._node = node
        self._submitter = submitter

    async def read(self, order: ReadGroup) -> GroupRead:
        """Read members, batches and votes, nearly always in one request.

        Raises: Refused, CallFailed, BadAnswer, Unreachable.
        """
        asked = (
            _call("Members", QueryMembersRequest()),
            _call("Batches", QueryBatchesRequest(from_number=order.from_number)),
            *[_call("Votes", QueryVotesRequest(queue_id=queue_id)) for queue_id in order.queue_ids],
        )
        members, batches, *votes = [answer.value for answer in await self._node.send_all(asked)]
        return GroupRead(
            members=decode_lenient(QueryMembersResponse, members).members,
            batches=await self._batches(decode_lenient(QueryBatchesResponse, batches).batches),
            votes=tuple([vote for each in votes for vote in decode_lenient(QueryVotesResponse, each).votes]),
        )

    async def _batches(self, first_page: tuple[Batch, ...]) -> tuple[Batch, ...]:
        found, page = list(first_page), first_page
        for _ in range(MAX_PAGES):
            if len(page) < FULL_PAGE:
                break
            asked = _call("Batches", QueryBatchesRequest(from_number=found[-1].number + 1))
            page = decode_lenient(QueryBatchesResponse, (await self._node.send(asked)).value).batches
            found.extend(page)
        return tuple(found)

    async def send(self, *messages: GroupMessage) -> bytes:
        """Send what a member has to say, at once; returns the transaction's hash. Raises: as `Submitter.send`."""
        return await self._submitter.send(self._node, messages, sum([GAS[type(each)] for each in messages]))

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


def _call(name: str, request: Record) -> Call[QueryAnswer]:
    return abci_query(f"/qos.relay.v1.Query/{name}", encode(request))
