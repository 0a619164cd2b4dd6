"""Reading stake through the services Cosmos clients call."""

from dataclasses import replace

from qos.base.identifiers import Address
from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest, KeyNotFound
from qos.machine.paging import page_of
from qos.modules.assets.bank import operations as bank
from qos.modules.validators.staking import history, operations, outflows, parameters, views
from qos.modules.validators.staking.state import (
    BONDS,
    BONDS_OF,
    HISTORICAL_ENTRIES,
    REDELEGATIONS,
    REDELEGATIONS_OF,
    UNDELEGATIONS,
    UNDELEGATIONS_OF,
    VALIDATORS,
)
from qos.proto.records import cosmos_staking_v1beta1 as wire
from qos.proto.records.qos_staking_v1 import Redelegation, Undelegation, Validator
from qos.store.keys import ADDRESS


def validators(ctx: ReadContext, request: wire.QueryValidatorsRequest) -> wire.QueryValidatorsResponse:
    """Return validators of one status or all. Raises: InvalidRequest."""
    names = {status.name for status in wire.BondStatus}
    if request.status and request.status not in names:
        raise InvalidRequest(f"invalid validator status {request.status[:40]!r}: one of {sorted(names)} or none")
    bonded = views.bonded_owners(ctx)
    # A filter leaves gaps in a page; clients follow next_key until there is none.
    page = page_of(ctx, VALIDATORS, request.pagination)
    shown = [views.validator(found, bonded) for _, found in page.entries]
    kept = [each for each in shown if request.status in ("", each.status.name)]
    return wire.QueryValidatorsResponse(validators=tuple(kept), pagination=page.response)


def _require(ctx: ReadContext, owner: Address) -> Validator:
    found = operations.get_validator(ctx, owner)
    if found is None:
        raise KeyNotFound("validator does not exist")
    return found


def validator(ctx: ReadContext, request: wire.QueryValidatorRequest) -> wire.QueryValidatorResponse:
    """Return one validator. Raises: KeyNotFound."""
    found = _require(ctx, request.validator_addr)
    return wire.QueryValidatorResponse(validator=views.validator(found, views.bonded_owners(ctx)))


def validator_delegations(
    ctx: ReadContext, request: wire.QueryValidatorDelegationsRequest
) -> wire.QueryValidatorDelegationsResponse:
    """Return the bonds behind a validator. Raises: KeyNotFound, InvalidRequest."""
    found = _require(ctx, request.validator_addr)
    page = page_of(ctx, BONDS, request.pagination, ADDRESS.encode(request.validator_addr))
    denom = parameters.params(ctx).bond_denom
    return wire.QueryValidatorDelegationsResponse(
        delegation_responses=tuple([views.delegation(found, bond, denom) for _, bond in page.entries]),
        pagination=page.response,
    )


def validator_unbonding_delegations(
    ctx: ReadContext, request: wire.QueryValidatorUnbondingDelegationsRequest
) -> wire.QueryValidatorUnbondingDelegationsResponse:
    """Return what is being taken back from a validator, an entry each. Raises: KeyNotFound, InvalidRequest."""
    _require(ctx, request.validator_addr)
    page = page_of(ctx, UNDELEGATIONS, request.pagination, ADDRESS.encode(request.validator_addr))
    return wire.QueryValidatorUnbondingDelegationsResponse(
        unbonding_responses=tuple(
            [views.unbonding(entry.delegator, entry.validator, (_settled(ctx, entry),)) for _, entry in page.entries]
        ),
        pagination=page.response,
    )


def _settled(ctx: ReadContext, entry: Undelegation) -> Undelegation:
    """Return an undelegation as slashes leave it, also those that were not carried to it yet."""
    balance, _ = outflows.settled_balance(ctx, entry.validator, entry.height, entry.next_slash, entry.balance)
    return replace(entry, balance=balance)


def delegation(ctx: ReadContext, request: wire.QueryDelegationRequest) -> wire.QueryDelegationResponse:
    """Return one bond. Raises: KeyNotFound."""
    found = _require(ctx, request.validator_addr)
    bond = operations.get_bond(ctx, request.delegator_addr, request.validator_addr)
    if bond is None:
        raise KeyNotFound("delegation with this delegator and validator not found")
    denom = parameters.params(ctx).bond_denom
    return wire.QueryDelegationResponse(delegation_response=views.delegation(found, bond, denom))


def unbonding_delegation(
    ctx: ReadContext, request: wire.QueryUnbondingDelegationRequest
) -> wire.QueryUnbondingDelegationResponse:
    """Return what one account is taking back from one validator. Raises: KeyNotFound."""
    delegator, owner = request.delegator_addr, request.validator_addr
    entries = tuple([_settled(ctx, entry) for entry in outflows.pair_entries(ctx, delegator, owner)])
    if not entries:
        raise KeyNotFound("unbonding delegation with this delegator and validator not found")
    return wire.QueryUnbondingDelegationResponse(unbond=views.unbonding(delegator, owner, entries))


def delegator_delegations(
    ctx: ReadContext, request: wire.QueryDelegatorDelegationsRequest
) -> wire.QueryDelegatorDelegationsResponse:
    """Return an account's bonds. Raises: InvalidRequest."""
    page = page_of(ctx, BONDS_OF, request.pagination, ADDRESS.encode(request.delegator_addr))
    denom = parameters.params(ctx).bond_denom
    shown = []
    for (delegator, owner), _ in page.entries:
        bond = operations.get_bond(ctx, delegator, owner)
        if bond is not None:
            shown.append(views.delegation(_require(ctx, owner), bond, denom))
    return wire.QueryDelegatorDelegationsResponse(delegation_responses=tuple(shown), pagination=page.response)


def delegator_unbonding_delegations(
    ctx: ReadContext, request: wire.QueryDelegatorUnbondingDelegationsRequest
) -> wire.QueryDelegatorUnbondingDelegationsResponse:
    """Return what an account is taking back, all entries of a validator together. Raises: InvalidRequest."""
    page = page_of(ctx, UNDELEGATIONS_OF, request.pagination, ADDRESS.encode(request.delegator_addr))
    grouped: dict[Address, list[Undelegation]] = {}
    for (_, owner, number), _ in page.entries:
        entry = UNDELEGATIONS.get(ctx, (owner, number))
        if entry is not None:
            grouped.setdefault(owner, []).append(_settled(ctx, entry))
    shown = [views.unbonding(request.delegator_addr, owner, tuple(entries)) for owner, entries in grouped.items()]
    return wire.QueryDelegatorUnbondingDelegationsResponse(unbonding_responses=tuple(shown), pagination=page.response)


def redelegations(ctx: ReadContext, request: wire.QueryRedelegationsRequest) -> wire.QueryRedelegationsResponse:
    """Return moved bonds of an account, or of all that moved from a validator. Raises: KeyNotFound, InvalidRequest."""
    delegator, source, destination = request.delegator_addr, request.src_validator_addr, request.dst_validator_addr
    if not delegator and not source:
        raise InvalidRequest("name a delegator or the validator that was left: invalid request")
    if delegator:
        page = page_of(ctx, REDELEGATIONS_OF, request.pagination, ADDRESS.encode(delegator))
        keys = [(owner, number) for (_, owner, number), _ in page.entries]
        response = page.response
    else:
        moved = page_of(ctx, REDELEGATIONS, request.pagination, ADDRESS.encode(source))
        keys = [key for key, _ in moved.entries]
        response = moved.response
    found = [entry for entry in (REDELEGATIONS.get(ctx, key) for key in keys) if entry is not None]
    kept = [entry for entry in found if _matches(entry, source, destination)]
    shown = tuple([views.redelegation(ctx, entry) for entry in kept])
    if delegator and source and destination and not shown:
        raise KeyNotFound("redelegation not found for this delegator and these validators")
    return wire.QueryRedelegationsResponse(redelegation_responses=shown, pagination=response)


def _matches(entry: Redelegation, source: Address, destination: Address) -> bool:
    return source in (b"", entry.source) and destination in (b"", entry.destination)


def delegator_validators(
    ctx: ReadContext, request: wire.QueryDelegatorValidatorsRequest
) -> wire.QueryDelegatorValidatorsResponse:
    """Return the validators an account has bonds behind. Raises: InvalidRequest."""
    bonded = views.bonded_owners(ctx)
    page = page_of(ctx, BONDS_OF, request.pagination, ADDRESS.encode(request.delegator_addr))
    shown = [views.validator(_require(ctx, owner), bonded) for (_, owner), _ in page.entries]
    return wire.QueryDelegatorValidatorsResponse(validators=tuple(shown), pagination=page.response)


def delegator_validator(
    ctx: ReadContext, request: wire.QueryDelegatorValidatorRequest
) -> wire.QueryDelegatorValidatorResponse:
    """Return a validator an account has a bond behind. Raises: KeyNotFound."""
    if operations.get_bond(ctx, request.delegator_addr, request.validator_addr) is None:
        raise KeyNotFound("delegation with this delegator and validator not found")
    found = _require(ctx, request.validator_addr)
    return wire.QueryDelegatorValidatorResponse(validator=views.validator(found, views.bonded_owners(ctx)))


def historical_info(ctx: ReadContext, request: wire.QueryHistoricalInfoRequest) -> wire.QueryHistoricalInfoResponse:
    """Return the header and the set of one of the newest heights. Raises: KeyNotFound."""
    past = history.past_block(ctx, request.height)
    found = operations.signed_set(ctx, request.height)
    if past is None or found is None:
        raise KeyNotFound(
            f"historical info for height {request.height} not found: the newest {HISTORICAL_ENTRIES} are kept"
        )
    valset = tuple([views.past_validator(member) for member in found.members])
    return wire.QueryHistoricalInfoResponse(
        hist=wire.HistoricalInfo(header=history.header_of(ctx, past), valset=valset)
    )


def pool(ctx: ReadContext, request: wire.QueryPoolRequest) -> wire.QueryPoolResponse:
    """Return what is bonded to the set, and what else the pool holds."""
    del request
    bonded = operations.bonded_total(ctx)
    held = bank.balance(ctx, operations.POOL, parameters.params(ctx).bond_denom)
    return wire.QueryPoolResponse(pool=wire.Pool(not_bonded_tokens=held - bonded, bonded_tokens=bonded))


def params(ctx: ReadContext, request: wire.QueryParamsRequest) -> wire.QueryParamsResponse:
    """Return the parameters Cosmos clients know."""
    del request
    rules = parameters.params(ctx)
    return wire.QueryParamsResponse(
        params=wire.Params(
            unbonding_time=rules.unbonding_time,
            max_validators=rules.max_validators,
            max_entries=rules.max_entries,
            historical_entries=HISTORICAL_ENTRIES,
            bond_denom=rules.bond_denom,
            min_commission_rate=rules.min_commission_rate,
        )
    )
