"""Parameters of penalties: the public chain's, their bounds, and how they change."""

from typing import Final

from qos.base.amounts import E18
from qos.base.errors import InvariantBroken
from qos.machine.context import Context
from qos.modules.validators.slashing.errors import InvalidParams
from qos.modules.validators.slashing.state import PARAMS
from qos.proto.records.qos_slashing_v1 import Params
from qos.store.access import Reads

MAX_WINDOW: Final = 100_000
LEAST_PERCENT: Final = 60
"""A proposer can leave out up to a third of the votes: more could not be asked of anybody (V1)."""

PUBLIC = Params(
    voting_status_len=10_000,
    voting_status_least=5_000,
    slash_fraction_downtime=10**14,
    slash_fraction_double_sign=2 * 10**17,
)
"""What the public chain starts with (protocol section 6)."""


def params(ctx: Reads) -> Params:
    """Return the parameters."""
    return PARAMS.require(ctx, lambda: InvariantBroken("penalties were not initialised"))


def check(rules: Params) -> None:
    """Refuse parameters out of bounds. Raises: InvalidParams."""
    if not 1 <= rules.voting_status_len <= MAX_WINDOW:
        raise InvalidParams(f"voting_status_len must lie within 1 and {MAX_WINDOW}")
    if rules.voting_status_least * 100 > rules.voting_status_len * LEAST_PERCENT:
        raise InvalidParams(f"voting_status_least must be at most {LEAST_PERCENT} % of voting_status_len")
    for name in ("slash_fraction_downtime", "slash_fraction_double_sign"):
        if not 0 <= getattr(rules, name) <= E18:
            raise InvalidParams(f"{name} must lie within 0 and 1")


def change(ctx: Context, rules: Params) -> None:
    """Replace the parameters; windows of another length begin anew. Raises: InvalidParams."""
    check(rules)
    PARAMS.set(ctx, rules)
