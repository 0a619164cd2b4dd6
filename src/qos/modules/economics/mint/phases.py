"""The list of phases: which mints, and what governance may change (I5)."""

from collections.abc import Sequence

from qos.base.blocktime import DAY_NS, MILLISECOND_NS, rfc3339
from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.genesis import MAX_NATIVE_SUPPLY
from qos.modules.economics.mint.errors import InvalidPhases
from qos.modules.economics.mint.formulas import block_cap
from qos.modules.economics.mint.params import Figures, figures
from qos.modules.economics.mint.state import PHASES, START
from qos.proto.records.qos_mint_v1 import Phase, PlannedPhase
from qos.store.access import Reads

NOTICE_NS = 30 * DAY_NS
"""How far a changed end lies ahead at least (I5)."""

MAX_PHASES = 1_000


def start(ctx: Reads) -> int:
    """Return when the first phase began, in ns."""
    return START.require(ctx, lambda: InvariantBroken("mint was not initialised"))


def begin_of(ctx: Reads, index: int) -> int:
    """Return when a phase began, in ns: where the one before ends, or at the start."""
    return PHASES.require(ctx, index - 1, _missing).endtime if index else start(ctx)


def _missing(index: int) -> InvariantBroken:
    return InvariantBroken(f"there is no phase {index} of issuance")


def all_phases(ctx: Reads) -> tuple[Phase, ...]:
    """Return all phases in order."""
    return tuple([phase for _, phase in PHASES.items(ctx)])


def check(ctx: Reads, phases: Sequence[Phase], begin: int, rules: Figures) -> None:
    """Refuse phases that no chain can mint exactly (I3, I5). `begin` is where the first begins, in ns.

    Raises: InvalidPhases.
    """
    if len(phases) > MAX_PHASES:
        raise InvalidPhases(f"there are at most {MAX_PHASES} phases of issuance")
    before = begin
    for phase in phases:
        until = rfc3339(phase.endtime)
        if phase.endtime // MILLISECOND_NS <= before // MILLISECOND_NS:
            raise InvalidPhases(f"the phase until {until} must end after {rfc3339(before)}, where it begins")
        if not 0 <= phase.applied_amount <= phase.total_amount:
            raise InvalidPhases(f"the phase until {until} must mint at least what it has minted, and not less than 0")
        length_ms = phase.endtime // MILLISECOND_NS - before // MILLISECOND_NS
        if not block_cap(phase.total_amount, length_ms, rules.block_ms, rules.cap_factor):
            raise InvalidPhases(f"the phase until {until} mints less than 1 aqos a block: it would never be done")
        before = phase.endtime
    rest = sum([phase.total_amount - phase.applied_amount for phase in phases])
    supply = bank.supply(ctx, BASE_DENOM)
    if supply + rest > MAX_NATIVE_SUPPLY:
        raise InvalidPhases(
            f"supply {supply} and {rest} still to be minted exceed {MAX_NATIVE_SUPPLY}{BASE_DENOM}, all there may be"
        )


def changed(ctx: Context, planned: tuple[PlannedPhase, ...]) -> tuple[Phase, ...]:
    """Return the list with the phases that have not ended replaced, and new ones behind (I5).

    Raises: InvalidPhases.
    """
    now = ctx.block.time_ns
    present = all_phases(ctx)
    past = tuple([phase for phase in present if phase.endtime <= now])
    still = present[len(past) :]
    if len(planned) < len(still):
        raise InvalidPhases(f"name all {len(still)} phases that have not ended: none can be taken away")
    for position, plan in enumerate(planned):
        same = position < len(still) and still[position].endtime == plan.endtime
        if not same and plan.endtime < now + NOTICE_NS:
            raise InvalidPhases(f"a new end must lie at least 30 days ahead, {rfc3339(plan.endtime)} does not")
    applied = [phase.applied_amount for phase in still] + [0] * (len(planned) - len(still))
    replaced = tuple(
        [
            Phase(endtime=plan.endtime, total_amount=plan.total_amount, applied_amount=done)
            for plan, done in zip(planned, applied, strict=True)
        ]
    )
    whole = (*past, *replaced)
    check(ctx, whole, start(ctx), figures(ctx))
    return whole
