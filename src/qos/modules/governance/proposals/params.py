"""Parameters of governance: the figures of G2, and what has to hold of any others."""

from itertools import pairwise

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS
from qos.base.errors import InvariantBroken
from qos.machine.admission import MAX_BLOCK_GAS
from qos.modules.governance.proposals.errors import BadParams
from qos.modules.governance.proposals.state import PARAMS
from qos.proto.records.qos_gov_v1 import Level, LevelParams, Params
from qos.store.access import Reads

LONGEST_NS = 365 * DAY_NS
MAX_VOTING = 32
"""More proposals in voting than this cost each bond change too much (G1)."""
MAX_DEPOSIT = 10**28
"""All QOS there will ever be."""
LEAST_SHARE = 10**16
"""A hundredth: so a proposal has 101 depositors at most, whose deposits return in one step (V8)."""

DEFAULTS = Params(
    normal=LevelParams(
        deposit=1_000 * E18,
        voting_period=7 * DAY_NS,
        quorum=334 * 10**15,
        threshold=5 * 10**17,
        veto=334 * 10**15,
    ),
    important=LevelParams(
        deposit=10_000 * E18,
        voting_period=10 * DAY_NS,
        quorum=4 * 10**17,
        threshold=5 * 10**17,
        veto=334 * 10**15,
    ),
    critical=LevelParams(
        deposit=50_000 * E18,
        voting_period=14 * DAY_NS,
        quorum=5 * 10**17,
        threshold=667 * 10**15,
        veto=334 * 10**15,
    ),
    deposit_period=7 * DAY_NS,
    proposer_share=E18 // 3 + 1,
    depositor_share=10**16,
    lost_without_quorum=2 * 10**17,
    least_bond=E18,
    max_voting=MAX_VOTING,
    execution_gas=20_000_000,
)
"""Figures of the public chain (G2); at least a third is a third rounded up."""


def require(ctx: Reads) -> Params:
    """Return the parameters."""
    return PARAMS.require(ctx, lambda: InvariantBroken("governance was not initialised"))


def of_level(params: Params, level: Level) -> LevelParams:
    """Return what a level needs."""
    return {
        Level.LEVEL_NORMAL: params.normal,
        Level.LEVEL_IMPORTANT: params.important,
        Level.LEVEL_CRITICAL: params.critical,
    }[level]


def check(params: Params) -> None:
    """Refuse parameters that contradict each other or leave their bounds. Raises: BadParams."""
    levels = (("normal", params.normal), ("important", params.important), ("critical", params.critical))
    for name, level in levels:
        _check_level(name, level)
    for (lower, below), (higher, above) in pairwise(levels):
        lesser = (below.deposit, below.voting_period, below.quorum, below.threshold)
        greater = (above.deposit, above.voting_period, above.quorum, above.threshold)
        if any(one > other for one, other in zip(lesser, greater, strict=True)):
            raise BadParams(f"gov: {higher} may need no less than {lower} of deposit, time, quorum or threshold")
    if not 0 < params.deposit_period <= LONGEST_NS:
        raise BadParams("gov: deposit_period must lie within 0 and 365 days")
    if not 0 < params.proposer_share <= E18 or not LEAST_SHARE <= params.depositor_share <= E18:
        raise BadParams("gov: proposer_share must lie within 0 and 1, depositor_share within 0.01 and 1")
    if not 0 <= params.lost_without_quorum <= E18:
        raise BadParams("gov: lost_without_quorum must lie within 0 and 1")
    if not 0 < params.least_bond <= MAX_DEPOSIT:
        raise BadParams("gov: least_bond must be positive")
    if not 1 <= params.max_voting <= MAX_VOTING:
        raise BadParams(f"gov: max_voting must lie within 1 and {MAX_VOTING}")
    if not 100_000 <= params.execution_gas <= MAX_BLOCK_GAS:
        raise BadParams(f"gov: execution_gas must lie within 100000 and {MAX_BLOCK_GAS}")


def _check_level(name: str, level: LevelParams) -> None:
    if not 0 < level.deposit <= MAX_DEPOSIT:
        raise BadParams(f"gov: the deposit of {name} must be positive and at most all QOS")
    if not 0 < level.voting_period <= LONGEST_NS:
        raise BadParams(f"gov: voting_period of {name} must lie within 0 and 365 days")
    if not 0 < level.quorum < E18 or not 0 < level.veto < E18:
        raise BadParams(f"gov: quorum and veto of {name} must lie within 0 and 1, which no vote can exceed")
    # Below a half two proposals that exclude each other could both pass.
    if not E18 // 2 <= level.threshold < E18:
        raise BadParams(f"gov: threshold of {name} must lie within 0.5 and 1")
