"""Reading membership."""

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.machine.context import ReadContext
from qos.machine.paging import page_of
from qos.modules.validators.consortium import formulas, operations
from qos.modules.validators.consortium.genesis import revoked_by
from qos.modules.validators.consortium.state import HOLDERS, MEMBERS, PARAMS, REGISTRATIONS, ROOTS, SEATS
from qos.proto.records import qos_consortium_v1 as wire


def params(ctx: ReadContext, request: wire.QueryParamsRequest) -> wire.QueryParamsResponse:
    """Return what genesis chose."""
    del request
    return wire.QueryParamsResponse(params=PARAMS.get(ctx))


def roots(ctx: ReadContext, request: wire.QueryRootsRequest) -> wire.QueryRootsResponse:
    """Return all CAs, at most MAX_ROOTS."""
    del request
    return wire.QueryRootsResponse(roots=tuple([root for _, root in ROOTS.items(ctx)]))


def members(ctx: ReadContext, request: wire.QueryMembersRequest) -> wire.QueryMembersResponse:
    """Return registered accounts in order of address."""
    page = page_of(ctx, MEMBERS, request.pagination)
    return wire.QueryMembersResponse(members=tuple([each for _, each in page.entries]), pagination=page.response)


def member(ctx: ReadContext, request: wire.QueryMemberRequest) -> wire.QueryMemberResponse:
    """Return one account's registration and whether it counts now. Raises: NotAMember."""
    found = operations.member_of(ctx, request.account)
    registration = REGISTRATIONS.get(ctx, request.account)
    return wire.QueryMemberResponse(member=found, registration=registration, refused=_refused(ctx, found))


def certificate(ctx: ReadContext, request: wire.QueryCertificateRequest) -> wire.QueryCertificateResponse:
    """Return what two certificates say and whether they count now. Raises: NoConsortium, BadChain, UnknownRoot."""
    operations.require_params(ctx)
    # An account is part of a registration; here nobody asks for one.
    asked = wire.Registration(account=Address(bytes(20)), node=request.node, member=request.member)
    proven = formulas.proven_member(asked, operations.roots(ctx))
    return wire.QueryCertificateResponse(
        organisation=proven.organisation,
        name=proven.name,
        account=HOLDERS.get(ctx, proven.node_key) or Address(b""),
        refused=_refused(ctx, proven),
    )


def seats(ctx: ReadContext, request: wire.QuerySeatsRequest) -> wire.QuerySeatsResponse:
    """Return all seats, at most MAX_SEATS."""
    del request
    return wire.QuerySeatsResponse(seats=tuple([state for _, state in SEATS.items(ctx)]))


def revoked(ctx: ReadContext, request: wire.QueryRevokedRequest) -> wire.QueryRevokedResponse:
    """Return the serials a CA has revoked."""
    return wire.QueryRevokedResponse(revoked=revoked_by(ctx, request.issuer))


def _refused(ctx: ReadContext, found: wire.Member) -> str:
    try:
        operations.check_standing(ctx, found, ctx.block.time_ns)
    except RuleViolation as error:
        return str(error)
    return ""
