"""The parameters of distribution."""

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS
from qos.base.errors import InvariantBroken
from qos.modules.economics.distribution.errors import InvalidDistributionParams
from qos.modules.economics.distribution.state import PARAMS
from qos.proto.records.qos_distribution_v1 import Params
from qos.store.access import Reads

DEFAULT = Params(proposer_reward_rate=4 * 10**16, community_reward_rate=0, compounding_interval=DAY_NS)
"""The whitepaper's 4 %; compounding at most daily (V8)."""


def params(ctx: Reads) -> Params:
    """Return the parameters."""
    return PARAMS.require(ctx, lambda: InvariantBroken("distribution was not initialised"))


def check(found: Params) -> Params:
    """Return parameters that a chain can run with. Raises: InvalidDistributionParams."""
    rates = (found.proposer_reward_rate, found.community_reward_rate)
    if min(rates) < 0 or sum(rates) > E18:
        raise InvalidDistributionParams(
            "proposer_reward_rate and community_reward_rate must not be negative, and together at most 10^18"
        )
    if not 0 < found.compounding_interval <= 365 * DAY_NS:
        raise InvalidDistributionParams("compounding_interval must be positive and at most a year")
    return found
