"""Reading fee grants."""

from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.modules.assets.feegrant.state import BY_GRANTER, GRANTS
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    QueryAllowanceRequest,
    QueryAllowanceResponse,
    QueryAllowancesByGranterRequest,
    QueryAllowancesByGranterResponse,
    QueryAllowancesRequest,
    QueryAllowancesResponse,
)
from qos.store.keys import LENGTH_ADDRESS


def allowance(ctx: ReadContext, request: QueryAllowanceRequest) -> QueryAllowanceResponse:
    """Return one grant. Raises: KeyNotFound."""
    found = GRANTS.get(ctx, (request.grantee, request.granter))
    if found is None:
        raise KeyNotFound("fee-grant not found")
    return QueryAllowanceResponse(allowance=found)


def allowances(ctx: ReadContext, request: QueryAllowancesRequest) -> QueryAllowancesResponse:
    """Return what an account may spend, in order of granter. Raises: InvalidRequest."""
    page = page_of(ctx, GRANTS, request.pagination, LENGTH_ADDRESS.encode(request.grantee))
    return QueryAllowancesResponse(allowances=tuple(found for _, found in page.entries), pagination=page.response)


def allowances_by_granter(
    ctx: ReadContext, request: QueryAllowancesByGranterRequest
) -> QueryAllowancesByGranterResponse:
    """Return what an account lets others spend, in order of grantee. Raises: InvalidRequest."""
    page = page_of(ctx, BY_GRANTER, request.pagination, LENGTH_ADDRESS.encode(request.granter))
    found = [GRANTS.get(ctx, (grantee, granter)) for (granter, grantee), _ in page.entries]
    return QueryAllowancesByGranterResponse(
        allowances=tuple(each for each in found if each is not None), pagination=page.response
    )
