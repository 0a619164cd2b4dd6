"""Reading what fees are and what they cost now."""

from qos.base.amounts import E18, MAX_AMOUNT
from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest
from qos.modules.economics.fees import formulas, operations
from qos.proto.records.cosmos_base_v1beta1 import DecCoin
from qos.proto.records.feemarket_feemarket_v1 import (
    GasPriceRequest,
    GasPriceResponse,
    GasPricesRequest,
    GasPricesResponse,
)
from qos.proto.records.qos_fees_v1 import (
    Offer,
    QueryParamsRequest,
    QueryParamsResponse,
    QueryQuoteRequest,
    QueryQuoteResponse,
)
from qos.proto.scalars import read_integer


def params(ctx: ReadContext, request: QueryParamsRequest) -> QueryParamsResponse:
    """Return how fees are counted."""
    del request
    return QueryParamsResponse(params=operations.params(ctx))


def quote(ctx: ReadContext, request: QueryQuoteRequest) -> QueryQuoteResponse:
    """Return slow, normal and fast offers for a gas limit, and the value fee of an amount.

    Raises: InvalidRequest, MalformedField.
    """
    amount = read_integer(request.amount or "0")
    if amount < 0:
        raise InvalidRequest("amount must not be negative: invalid request")
    price = operations.price(ctx)
    slow, normal, fast = [Offer(gas_price=each, fee=min(each * request.gas_limit, MAX_AMOUNT)) for each in _offers(ctx)]
    return QueryQuoteResponse(
        denom=price.denom,
        base_fee=price.base_fee,
        slow=slow,
        normal=normal,
        fast=fast,
        value_fee=formulas.value_fee(amount, price),
    )


def gas_price(ctx: ReadContext, request: GasPriceRequest) -> GasPriceResponse:
    """Return the normal price of a unit of gas. Raises: InvalidRequest when fees are not paid in this asset."""
    found = _normal(ctx)
    if request.denom != found.denom:
        raise InvalidRequest(f"fees are paid in {found.denom}, not in {request.denom[:128]!r}: invalid request")
    return GasPriceResponse(price=found)


def gas_prices(ctx: ReadContext, request: GasPricesRequest) -> GasPricesResponse:
    """Return the normal price of a unit of gas."""
    del request
    return GasPricesResponse(prices=(_normal(ctx),))


def _normal(ctx: ReadContext) -> DecCoin:
    _, normal, _ = _offers(ctx)
    return DecCoin(denom=operations.price(ctx).denom, amount=normal * E18)


def _offers(ctx: ReadContext) -> tuple[int, int, int]:
    recent = operations.recent(ctx, ctx.block.time_ns)
    return formulas.offers(operations.price(ctx), operations.params(ctx), recent)
