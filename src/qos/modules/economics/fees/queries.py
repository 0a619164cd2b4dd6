"""Reading fee parameters."""

from qos.machine.context import ReadContext
from qos.modules.economics.fees import operations
from qos.proto.records.qos_fees_v1 import QueryParamsRequest, QueryParamsResponse


def params(ctx: ReadContext, request: QueryParamsRequest) -> QueryParamsResponse:
    """Return what gas costs now."""
    del request
    return QueryParamsResponse(params=operations.params(ctx))
