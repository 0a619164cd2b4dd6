"""Reading stake in full."""

from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.modules.validators.staking import operations, parameters
from qos.modules.validators.staking.state import BONDS_OF, VALIDATORS
from qos.proto.records import qos_staking_v1 as wire
from qos.store.keys import ADDRESS


def rules(ctx: ReadContext, request: wire.QueryRulesRequest) -> wire.QueryRulesResponse:
    """Return all parameters."""
    del request
    return wire.QueryRulesResponse(params=parameters.params(ctx))


def standings(ctx: ReadContext, request: wire.QueryStandingsRequest) -> wire.QueryStandingsResponse:
    """Return validators with their place in the set. Raises: InvalidRequest."""
    page = page_of(ctx, VALIDATORS, request.pagination)
    powers = _powers(ctx)
    shown = tuple([_view(ctx, found, powers) for _, found in page.entries])
    return wire.QueryStandingsResponse(standings=shown, pagination=page.response)


def standing(ctx: ReadContext, request: wire.QueryStandingRequest) -> wire.QueryStandingResponse:
    """Return one validator. Raises: UnknownValidator."""
    found = operations.require_validator(ctx, request.validator)
    return wire.QueryStandingResponse(standing=_view(ctx, found, _powers(ctx)))


def bonds(ctx: ReadContext, request: wire.QueryBondsRequest) -> wire.QueryBondsResponse:
    """Return an account's bonds. Raises: InvalidRequest."""
    page = page_of(ctx, BONDS_OF, request.pagination, ADDRESS.encode(request.delegator))
    shown = []
    for (delegator, owner), _ in page.entries:
        bond = operations.get_bond(ctx, delegator, owner)
        if bond is not None:
            found = operations.require_validator(ctx, owner)
            shown.append(wire.BondView(bond=bond, amount=operations.bond_value(found, bond.shares)))
    return wire.QueryBondsResponse(bonds=tuple(shown), pagination=page.response)


def signed_set(ctx: ReadContext, request: wire.QuerySignedSetRequest) -> wire.QuerySignedSetResponse:
    """Return who signs or signed a height. Raises: KeyNotFound."""
    found = operations.signed_set(ctx, request.height) if request.height > 0 else operations.bonded_set(ctx)
    if found is None:
        raise KeyNotFound(f"who signed height {request.height} is forgotten")
    return wire.QuerySignedSetResponse(set=found)


def _powers(ctx: ReadContext) -> dict[bytes, int]:
    return {member.validator: member.power for member in operations.bonded_set(ctx).members}


def _view(ctx: ReadContext, found: wire.Validator, powers: dict[bytes, int]) -> wire.Standing:
    return wire.Standing(
        validator=found,
        power=powers.get(found.owner, 0),
        self_bond=operations.self_bond(ctx, found),
        consensus_address=operations.consensus_address(found.consensus_key),
    )
