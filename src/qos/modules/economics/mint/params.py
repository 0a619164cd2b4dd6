"""The figures of the mint, every default filled in."""

from dataclasses import dataclass
from functools import lru_cache

from qos.base.blocktime import MILLISECOND_NS
from qos.base.errors import InvariantBroken
from qos.modules.economics.mint.errors import InvalidMintParams
from qos.modules.economics.mint.state import PARAMS
from qos.proto.records.qos_mint_v1 import Params
from qos.store.access import Reads

DEFAULT_WINDOW = 1_000
DEFAULT_BLOCK_MS = 3_000
DEFAULT_LONGEST_MS = 30_000
DEFAULT_CAP_FACTOR = 20
MAX_WINDOW = 10_000
MAX_INTERVAL_MS = 86_400_000
MAX_CAP_FACTOR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Parameters as the rules use them; times in ms."""

    window: int
    block_ms: int
    longest_ms: int
    cap_factor: int


def figures(ctx: Reads) -> Figures:
    """Return the parameters of this chain."""
    return filled(PARAMS.require(ctx, lambda: InvariantBroken("mint was not initialised")))


@lru_cache(maxsize=16)
def filled(params: Params) -> Figures:
    """Return parameters with defaults for what is unset."""
    return Figures(
        window=params.window or DEFAULT_WINDOW,
        block_ms=_ms(params.block_time, DEFAULT_BLOCK_MS),
        longest_ms=_ms(params.max_interval, DEFAULT_LONGEST_MS),
        cap_factor=params.cap_factor or DEFAULT_CAP_FACTOR,
    )


def _ms(duration_ns: int | None, default: int) -> int:
    return default if duration_ns is None else duration_ns // MILLISECOND_NS


def complete(rules: Figures) -> Params:
    """Return figures as they are stored and told."""
    return Params(
        window=rules.window,
        block_time=rules.block_ms * MILLISECOND_NS,
        max_interval=rules.longest_ms * MILLISECOND_NS,
        cap_factor=rules.cap_factor,
    )


def check(params: Params) -> Figures:
    """Return the figures of parameters that a chain can run with. Raises: InvalidMintParams."""
    found = filled(params)
    if found.window > MAX_WINDOW:
        raise InvalidMintParams(f"window must be at most {MAX_WINDOW} blocks")
    if any((each or 0) % MILLISECOND_NS for each in (params.block_time, params.max_interval)):
        raise InvalidMintParams("block_time and max_interval must be whole milliseconds")
    if not 0 < found.block_ms <= found.longest_ms <= MAX_INTERVAL_MS:
        raise InvalidMintParams(
            f"block_time must be positive and at most max_interval, which is at most {MAX_INTERVAL_MS // 1000} s"
        )
    if found.cap_factor > MAX_CAP_FACTOR:
        raise InvalidMintParams(f"cap_factor must be at most {MAX_CAP_FACTOR}")
    return found
