"""Reading what Cosmos services do not have: levels, and how proposals stand."""

from qos.machine.context import ReadContext
from qos.machine.paging import page_of
from qos.modules.governance.proposals import params
from qos.modules.governance.proposals.levels import KnownMessages
from qos.modules.governance.proposals.queries import find
from qos.modules.governance.proposals.standing import standing_of
from qos.modules.governance.proposals.state import PROPOSALS
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.qos_gov_v1 import (
    MessageLevel,
    QueryLevelsRequest,
    QueryLevelsResponse,
    QueryStandingRequest,
    QueryStandingResponse,
    QueryStandingsRequest,
    QueryStandingsResponse,
)

NEWEST_FIRST = PageRequest(limit=50, reverse=True)


def levels(ctx: ReadContext, request: QueryLevelsRequest, known: KnownMessages) -> QueryLevelsResponse:
    """Return what each level needs, and which messages are not critical."""
    del request
    listed = tuple([MessageLevel(type_url=url, level=known[url].level) for url in sorted(known)])
    return QueryLevelsResponse(params=params.require(ctx), messages=listed)


def standing(ctx: ReadContext, request: QueryStandingRequest) -> QueryStandingResponse:
    """Return how one proposal stands. Raises: KeyNotFound."""
    return QueryStandingResponse(standing=standing_of(ctx, find(ctx, request.proposal_id)))


def standings(ctx: ReadContext, request: QueryStandingsRequest) -> QueryStandingsResponse:
    """Return how proposals stand, unless asked otherwise the newest 50. Raises: InvalidRequest."""
    page = page_of(ctx, PROPOSALS, request.pagination or NEWEST_FIRST)
    return QueryStandingsResponse(
        standings=tuple([standing_of(ctx, found) for _, found in page.entries]), pagination=page.response
    )
