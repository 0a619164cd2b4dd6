"""Reading penalties."""

from qos.base.amounts import E18, mul_div_floor
from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.modules.validators.slashing import windows as window
from qos.modules.validators.slashing.parameters import params as rules_of
from qos.modules.validators.slashing.state import INFOS, LEFT_OUT
from qos.modules.validators.staking.state import TOMBSTONES
from qos.proto.records import cosmos_slashing_v1beta1 as cosmos
from qos.proto.records import qos_slashing_v1 as own


def params(ctx: ReadContext, request: cosmos.QueryParamsRequest) -> cosmos.QueryParamsResponse:
    """Return the parameters Cosmos clients know; a validator may come back at once."""
    del request
    rules = rules_of(ctx)
    least = mul_div_floor(rules.voting_status_least, E18, rules.voting_status_len)
    return cosmos.QueryParamsResponse(
        params=cosmos.Params(
            signed_blocks_window=rules.voting_status_len,
            min_signed_per_window=b"%d" % least,
            downtime_jail_duration=0,
            slash_fraction_double_sign=b"%d" % rules.slash_fraction_double_sign,
            slash_fraction_downtime=b"%d" % rules.slash_fraction_downtime,
        )
    )


def _shown(ctx: ReadContext, info: own.SigningInfo) -> cosmos.ValidatorSigningInfo:
    return cosmos.ValidatorSigningInfo(
        address=info.consensus_address,
        start_height=info.joined,
        index_offset=window.counted(info, ctx.block.height),
        jailed_until=0,
        tombstoned=TOMBSTONES.has(ctx, info.consensus_address),
        missed_blocks_counter=info.missed,
    )


def signing_info(ctx: ReadContext, request: cosmos.QuerySigningInfoRequest) -> cosmos.QuerySigningInfoResponse:
    """Return what one validator signed. Raises: KeyNotFound."""
    found = INFOS.get(ctx, request.cons_address) if request.cons_address else None
    if found is None:
        raise KeyNotFound("SigningInfo not found for this consensus address")
    return cosmos.QuerySigningInfoResponse(val_signing_info=_shown(ctx, found))


def signing_infos(ctx: ReadContext, request: cosmos.QuerySigningInfosRequest) -> cosmos.QuerySigningInfosResponse:
    """Return what all validators signed. Raises: InvalidRequest."""
    page = page_of(ctx, INFOS, request.pagination)
    shown = tuple([_shown(ctx, info) for _, info in page.entries])
    return cosmos.QuerySigningInfosResponse(info=shown, pagination=page.response)


def rules(ctx: ReadContext, request: own.QueryRulesRequest) -> own.QueryRulesResponse:
    """Return all parameters."""
    del request
    return own.QueryRulesResponse(params=rules_of(ctx))


def windows(ctx: ReadContext, request: own.QueryWindowsRequest) -> own.QueryWindowsResponse:
    """Return how many more blocks each validator may miss. Raises: InvalidRequest."""
    page = page_of(ctx, INFOS, request.pagination)
    allowed = window.allowed(rules_of(ctx))
    shown = [own.Window(info=info, left=max(allowed - info.missed, 0)) for _, info in page.entries]
    return own.QueryWindowsResponse(windows=tuple(shown), pagination=page.response)


def left_out(ctx: ReadContext, request: own.QueryLeftOutRequest) -> own.QueryLeftOutResponse:
    """Return votes left out, by proposer. Raises: InvalidRequest."""
    page = page_of(ctx, LEFT_OUT, request.pagination)
    return own.QueryLeftOutResponse(proposers=tuple([each for _, each in page.entries]), pagination=page.response)
