"""The figures of QCP on this chain, every default filled in."""

from dataclasses import dataclass
from functools import lru_cache

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address, format_address, is_denom
from qos.lightclient.verifier import ONE_THIRD, Options
from qos.machine.authority import GOVERNANCE, require_governance
from qos.machine.context import Context
from qos.modules.crosschain.qcp.errors import NotAuthorized
from qos.modules.crosschain.qcp.service_errors import BadParams
from qos.modules.crosschain.qcp.state import PARAMS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import LimitParams, MsgUpdateParams, MsgUpdateParamsResponse, Params
from qos.store.access import Reads

DEFAULT_TRUSTING_PERIOD_NS = 7 * DAY_NS
DEFAULT_CLOCK_DRIFT_NS = 60 * SECOND_NS
DEFAULT_PAUSE_NS = 3 * DAY_NS
DEFAULT_LIMIT_E18 = 10**16
DEFAULT_VOUCHER_FLOOR = 10**26
"""1 % of all QOS there will ever be, in aqos."""
DEFAULT_MAX_WAITING = 30_000
DEFAULT_MAX_WAITING_OF_SENDER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Parameters as the rules use them; times in nanoseconds."""

    authority: Address
    dev: bool
    pause_ns: int
    limits: LimitParams
    client: Options
    delivery_quote: Coin | None
    """What delivering a request is worth; None when deliveries are not paid (Q15)."""


def figures(ctx: Reads) -> Figures:
    """Return the parameters of this chain."""
    return filled(PARAMS.require(ctx, lambda: InvariantBroken("qcp was not initialised")))


@lru_cache(maxsize=16)
def filled(params: Params) -> Figures:
    """Return parameters with defaults for what is unset."""
    return Figures(
        authority=params.authority,
        dev=params.dev,
        pause_ns=_or(params.pause, DEFAULT_PAUSE_NS),
        limits=_limits(params.limits or LimitParams()),
        client=Options(
            trust_level=ONE_THIRD,
            trusting_period_ns=_or(params.trusting_period, DEFAULT_TRUSTING_PERIOD_NS),
            clock_drift_ns=_or(params.clock_drift, DEFAULT_CLOCK_DRIFT_NS),
        ),
        delivery_quote=params.delivery_quote,
    )


def _limits(given: LimitParams) -> LimitParams:
    return LimitParams(
        share_e18=given.share_e18 or DEFAULT_LIMIT_E18,
        voucher_floor=given.voucher_floor or DEFAULT_VOUCHER_FLOOR,
        max_waiting=given.max_waiting or DEFAULT_MAX_WAITING,
        max_waiting_of_sender=given.max_waiting_of_sender or DEFAULT_MAX_WAITING_OF_SENDER,
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def check(params: Params) -> None:
    """Refuse figures that leave their bounds. Raises: BadParams."""
    found = filled(params)
    if min(found.pause_ns, found.client.trusting_period_ns, found.client.clock_drift_ns) <= 0:
        raise BadParams("qcp: durations must be positive")
    quote = found.delivery_quote
    if quote is not None and (quote.amount <= 0 or not is_denom(quote.denom)):
        raise BadParams("qcp: the delivery quote must be a positive amount of an asset")
    if found.limits.share_e18 > E18 or found.limits.voucher_floor < 0:
        raise BadParams("qcp: a limit is at most the whole supply and not negative")


def update_params(ctx: Context, msg: MsgUpdateParams, governed: bool) -> MsgUpdateParamsResponse:
    """Change the figures. Raises: Unauthorized, BadParams."""
    require_governance(msg.authority)
    check(msg.params)
    if msg.params.dev != figures(ctx).dev:
        raise BadParams("qcp: a chain is for development from its genesis on, or never")
    check_authority(msg.params, governed=governed)
    PARAMS.set(ctx, msg.params)
    return MsgUpdateParamsResponse()


def check_authority(params: Params, *, governed: bool) -> None:
    """Refuse that a key registers peers on a chain with governance, unless it is for development. Raises: BadParams."""
    if governed and not params.dev and params.authority != GOVERNANCE:
        raise BadParams(f"qcp: the authority of this chain is governance: {format_address(GOVERNANCE)}")


def require_authority(ctx: Reads, claimed: Address) -> Figures:
    """Return the parameters when the signer is the authority, or governance. Raises: NotAuthorized."""
    found = figures(ctx)
    if claimed not in (found.authority, GOVERNANCE):
        raise NotAuthorized(f"only {format_address(found.authority)} may do this")
    return found
