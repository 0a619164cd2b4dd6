"""Reading the ledger."""

from qos.base.identifiers import Address
from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest, KeyNotFound
from qos.machine.paging import page_of
from qos.modules.assets.bank import operations
from qos.modules.assets.bank.state import ASSETS, BALANCES, METADATA, PAUSED, SUPPLY
from qos.proto.records import qos_bank_v1
from qos.proto.records.cosmos_bank_v1beta1 import (
    Params,
    QueryAllBalancesRequest,
    QueryAllBalancesResponse,
    QueryBalanceRequest,
    QueryBalanceResponse,
    QueryDenomMetadataByQueryStringRequest,
    QueryDenomMetadataByQueryStringResponse,
    QueryDenomMetadataRequest,
    QueryDenomMetadataResponse,
    QueryDenomsMetadataRequest,
    QueryDenomsMetadataResponse,
    QueryParamsRequest,
    QueryParamsResponse,
    QuerySendEnabledRequest,
    QuerySendEnabledResponse,
    QuerySpendableBalanceByDenomRequest,
    QuerySpendableBalanceByDenomResponse,
    QuerySpendableBalancesRequest,
    QuerySpendableBalancesResponse,
    QuerySupplyOfRequest,
    QuerySupplyOfResponse,
    QueryTotalSupplyRequest,
    QueryTotalSupplyResponse,
    SendEnabled,
)
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.keys import LENGTH_ADDRESS

MAX_PAUSED = 1_000
"""Most paused assets told at once."""


def balance(ctx: ReadContext, request: QueryBalanceRequest) -> QueryBalanceResponse:
    """Return one balance, zero when there is none. Raises: InvalidRequest without a denomination."""
    if not request.denom:
        raise InvalidRequest("name the asset: invalid denom: invalid request")
    held = operations.balance(ctx, request.address, request.denom)
    return QueryBalanceResponse(balance=Coin(denom=request.denom, amount=held))


def all_balances(ctx: ReadContext, request: QueryAllBalancesRequest) -> QueryAllBalancesResponse:
    """Return all that one account holds, by asset."""
    page = page_of(ctx, BALANCES, request.pagination, LENGTH_ADDRESS.encode(request.address))
    return QueryAllBalancesResponse(balances=_coins(page.entries), pagination=page.response)


def spendable_balances(ctx: ReadContext, request: QuerySpendableBalancesRequest) -> QuerySpendableBalancesResponse:
    """Return what one account may spend, by asset."""
    page = page_of(ctx, BALANCES, request.pagination, LENGTH_ADDRESS.encode(request.address))
    free = tuple(
        Coin(denom=denom, amount=operations.spendable(ctx, address, denom)) for (address, denom), _ in page.entries
    )
    return QuerySpendableBalancesResponse(balances=free, pagination=page.response)


def spendable_balance(
    ctx: ReadContext, request: QuerySpendableBalanceByDenomRequest
) -> QuerySpendableBalanceByDenomResponse:
    """Return what one account may spend of one asset. Raises: InvalidRequest without a denomination."""
    if not request.denom:
        raise InvalidRequest("name the asset: invalid denom: invalid request")
    free = operations.spendable(ctx, request.address, request.denom)
    return QuerySpendableBalanceByDenomResponse(balance=Coin(denom=request.denom, amount=free))


def total_supply(ctx: ReadContext, request: QueryTotalSupplyRequest) -> QueryTotalSupplyResponse:
    """Return the supply of every asset."""
    page = page_of(ctx, SUPPLY, request.pagination)
    coins = tuple(Coin(denom=denom, amount=amount) for denom, amount in page.entries)
    return QueryTotalSupplyResponse(supply=coins, pagination=page.response)


def supply_of(ctx: ReadContext, request: QuerySupplyOfRequest) -> QuerySupplyOfResponse:
    """Return the supply of one asset, zero when there is none."""
    if not request.denom:
        raise InvalidRequest("name the asset: invalid denom: invalid request")
    return QuerySupplyOfResponse(amount=Coin(denom=request.denom, amount=operations.supply(ctx, request.denom)))


def params(ctx: ReadContext, request: QueryParamsRequest) -> QueryParamsResponse:
    """Return that assets may be sent; pausing is a matter of each asset."""
    del ctx, request
    return QueryParamsResponse(params=Params(default_send_enabled=True))


def denom_metadata(ctx: ReadContext, request: QueryDenomMetadataRequest) -> QueryDenomMetadataResponse:
    """Return what one asset is called. Raises: KeyNotFound."""
    found = METADATA.get(ctx, request.denom) if request.denom else None
    if found is None:
        raise KeyNotFound(f"no metadata for {request.denom[:128]!r}")
    return QueryDenomMetadataResponse(metadata=found)


def denom_metadata_by_text(
    ctx: ReadContext, request: QueryDenomMetadataByQueryStringRequest
) -> QueryDenomMetadataByQueryStringResponse:
    """Return what one asset is called. Raises: KeyNotFound."""
    found = denom_metadata(ctx, QueryDenomMetadataRequest(denom=request.denom))
    return QueryDenomMetadataByQueryStringResponse(metadata=found.metadata)


def send_enabled(ctx: ReadContext, request: QuerySendEnabledRequest) -> QuerySendEnabledResponse:
    """Return whether the assets named may be sent; without names the first of those that may not."""
    names = request.denoms or tuple(PAUSED.keys(ctx, limit=MAX_PAUSED))
    told = tuple(SendEnabled(denom=name, enabled=not PAUSED.has(ctx, name)) for name in names)
    return QuerySendEnabledResponse(send_enabled=told)


def denoms_metadata(ctx: ReadContext, request: QueryDenomsMetadataRequest) -> QueryDenomsMetadataResponse:
    """Return what every asset is called."""
    page = page_of(ctx, METADATA, request.pagination)
    return QueryDenomsMetadataResponse(metadatas=tuple(found for _, found in page.entries), pagination=page.response)


def assets(ctx: ReadContext, request: qos_bank_v1.QueryAssetsRequest) -> qos_bank_v1.QueryAssetsResponse:
    """Return all assets, in order of denomination."""
    page = page_of(ctx, ASSETS, request.pagination)
    return qos_bank_v1.QueryAssetsResponse(assets=tuple(each for _, each in page.entries), pagination=page.response)


def asset(ctx: ReadContext, request: qos_bank_v1.QueryAssetRequest) -> qos_bank_v1.QueryAssetResponse:
    """Return one asset with its supply. Raises: KeyNotFound."""
    found = ASSETS.get(ctx, request.denom)
    if found is None:
        raise KeyNotFound(f"there is no asset {request.denom[:128]!r} here")
    return qos_bank_v1.QueryAssetResponse(asset=found, supply=operations.supply(ctx, request.denom))


def _coins(entries: tuple[tuple[tuple[Address, str], int], ...]) -> tuple[Coin, ...]:
    return tuple(Coin(denom=denom, amount=amount) for (_, denom), amount in entries)
