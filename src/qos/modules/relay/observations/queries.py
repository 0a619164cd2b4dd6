"""Reading the relay group."""

from itertools import islice

from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest
from qos.modules.crosschain.qcp.packets import QUEUE_ID_BYTES
from qos.modules.relay.observations import consortia as held
from qos.modules.relay.observations import operations
from qos.modules.relay.observations.state import BATCHES, VOTES
from qos.proto.records.qos_relay_v1 import (
    QueryBatchesRequest,
    QueryBatchesResponse,
    QueryBatchRequest,
    QueryBatchResponse,
    QueryConsortiaRequest,
    QueryConsortiaResponse,
    QueryMembersRequest,
    QueryMembersResponse,
    QueryVotesRequest,
    QueryVotesResponse,
)

MAX_BATCHES = 32
"""Batches in one answer; ask again behind the last one."""


def members(ctx: ReadContext, request: QueryMembersRequest) -> QueryMembersResponse:
    """Return the group in order of address."""
    del request
    return QueryMembersResponse(members=operations.members(ctx))


def consortia(ctx: ReadContext, request: QueryConsortiaRequest) -> QueryConsortiaResponse:
    """Return the root CAs that are held."""
    del request
    return QueryConsortiaResponse(consortia=held.listed(ctx))


def batches(ctx: ReadContext, request: QueryBatchesRequest) -> QueryBatchesResponse:
    """Return up to 32 batches from a number on, ascending."""
    after = request.from_number - 1 if request.from_number else None
    found = islice(BATCHES.items(ctx, start_after=after), MAX_BATCHES)
    return QueryBatchesResponse(batches=tuple([batch for _, batch in found]))


def batch(ctx: ReadContext, request: QueryBatchRequest) -> QueryBatchResponse:
    """Return one batch. Raises: UnknownBatch."""
    return QueryBatchResponse(batch=operations.require_batch(ctx, request.number))


def votes(ctx: ReadContext, request: QueryVotesRequest) -> QueryVotesResponse:
    """Return the standing votes of a queue. Raises: InvalidRequest."""
    if len(request.queue_id) != QUEUE_ID_BYTES:
        raise InvalidRequest(f"a queue id has {QUEUE_ID_BYTES} bytes: invalid request")
    return QueryVotesResponse(votes=tuple([vote for _, vote in VOTES.items(ctx, request.queue_id)]))
