"""The figures of QCP on this chain, every default filled in."""

from dataclasses import dataclass
from functools import lru_cache

from qos.base.blocktime import SECOND_NS
from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address, format_address
from qos.lightclient.verifier import DAY_NS, ONE_THIRD, Options
from qos.modules.crosschain.qcp.errors import NotAuthorized
from qos.modules.crosschain.qcp.state import PARAMS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import LimitParams, Params
from qos.store.collections import Reads

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


def require_authority(ctx: Reads, claimed: Address) -> Figures:
    """Return the parameters when the signer is the authority. Raises: NotAuthorized."""
    found = figures(ctx)
    if claimed != found.authority:
        raise NotAuthorized(f"only {format_address(found.authority)} may do this")
    return found
