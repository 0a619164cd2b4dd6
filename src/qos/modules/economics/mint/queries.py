"""Reading issuance. What is reckoned for a year is an estimate: it takes all blocks to be like the newest ones."""

from qos.base.amounts import E18, mul_div_floor
from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import BASE_DENOM
from qos.machine.context import ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.mint import formulas, operations, phases
from qos.modules.economics.mint.params import complete, figures
from qos.proto.records import cosmos_mint_v1beta1 as cosmos
from qos.proto.records import qos_mint_v1


def params(ctx: ReadContext, request: qos_mint_v1.QueryParamsRequest) -> qos_mint_v1.QueryParamsResponse:
    """Return how the time between blocks enters the reward."""
    del request
    return qos_mint_v1.QueryParamsResponse(params=complete(figures(ctx)))


def all_phases(ctx: ReadContext, request: qos_mint_v1.QueryPhasesRequest) -> qos_mint_v1.QueryPhasesResponse:
    """Return all phases with what they have minted."""
    del request
    return qos_mint_v1.QueryPhasesResponse(
        phases=phases.all_phases(ctx), start=phases.start(ctx), current=operations.clock(ctx).phase
    )


def progress(ctx: ReadContext, request: qos_mint_v1.QueryProgressRequest) -> qos_mint_v1.QueryProgressResponse:
    """Return how much has been minted, how much is planned, and what a block mints now."""
    del request
    listed, clock, rules = phases.all_phases(ctx), operations.clock(ctx), figures(ctx)
    return qos_mint_v1.QueryProgressResponse(
        supply=bank.supply(ctx, BASE_DENOM),
        minted=sum([phase.applied_amount for phase in listed]),
        planned=sum([phase.total_amount for phase in listed]),
        block_reward=clock.minted,
        mean_interval=mul_div_floor(clock.sum_ms, MILLISECOND_NS, rules.window),
        year_estimate=_year_estimate(ctx),
    )


def _year_estimate(ctx: ReadContext) -> int:
    clock = operations.clock(ctx)
    return formulas.year_estimate(clock.minted, clock.sum_ms, figures(ctx).window)


def cosmos_params(ctx: ReadContext, request: cosmos.QueryParamsRequest) -> cosmos.QueryParamsResponse:
    """Return the asset that is minted and how many blocks a year has."""
    del request
    clock = operations.clock(ctx)
    blocks = formulas.year_estimate(1, clock.sum_ms, figures(ctx).window)
    return cosmos.QueryParamsResponse(params=cosmos.Params(mint_denom=BASE_DENOM, blocks_per_year=blocks))


def inflation(ctx: ReadContext, request: cosmos.QueryInflationRequest) -> cosmos.QueryInflationResponse:
    """Return what a year adds to the supply, as a share of it rounded down: an estimate."""
    del request
    supply = bank.supply(ctx, BASE_DENOM)
    share = mul_div_floor(_year_estimate(ctx), E18, supply) if supply else 0
    return cosmos.QueryInflationResponse(inflation=b"%d" % share)


def annual_provisions(
    ctx: ReadContext, request: cosmos.QueryAnnualProvisionsRequest
) -> cosmos.QueryAnnualProvisionsResponse:
    """Return what a year mints, in aqos: an estimate."""
    del request
    return cosmos.QueryAnnualProvisionsResponse(annual_provisions=b"%d" % (_year_estimate(ctx) * E18))
