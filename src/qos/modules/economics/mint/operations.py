"""What a block mints, and what higher modules may ask of it."""

from dataclasses import replace

from qos.base.blocktime import MILLISECOND_NS
from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM, module_address
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.mint import formulas, phases
from qos.modules.economics.mint.params import Figures, figures
from qos.modules.economics.mint.state import CLOCK, INTERVALS, PHASES
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_mint_v1 import Clock, Phase
from qos.store.access import Reads

MINTED_NAME = "mint"
MINTED = module_address(MINTED_NAME)
"""Where the inflation of a block waits for the begin step of the next."""


def clock(ctx: Reads) -> Clock:
    """Return where issuance stands."""
    return CLOCK.require(ctx, lambda: InvariantBroken("mint was not initialised"))


def last_minted(ctx: Reads) -> int:
    """Return what the newest block minted, in aqos."""
    return clock(ctx).minted


def mint_block(ctx: Context) -> None:
    """Mint the inflation of this block onto MINTED: the end step of every block (I1, I2, I3)."""
    before = clock(ctx)
    index, phase = _phase_at(ctx, before)
    if phase is None:
        if before.minted or before.phase != index:
            CLOCK.set(ctx, replace(before, phase=index, minted=0))
        return
    rules = figures(ctx)
    now = _advanced(ctx, before, rules)
    reward = _reward(ctx, now, index, phase, rules)
    CLOCK.set(ctx, replace(now, phase=index, minted=reward))
    if reward:
        PHASES.set(ctx, index, replace(phase, applied_amount=phase.applied_amount + reward))
        bank.mint(ctx, MINTED, Coin(denom=BASE_DENOM, amount=reward))
        ctx.emit("mint", (("amount", f"{reward}{BASE_DENOM}"),), unindexed=("amount",))


def _phase_at(ctx: Context, before: Clock) -> tuple[int, Phase | None]:
    """Return the phase that mints in this block: the next one when one is over and all of it is minted."""
    phase = PHASES.get(ctx, before.phase)
    if phase is None or phase.applied_amount < phase.total_amount:
        return before.phase, phase
    if ctx.block.time_ns // MILLISECOND_NS < phase.endtime // MILLISECOND_NS:
        return before.phase, phase
    return before.phase + 1, PHASES.get(ctx, before.phase + 1)


def _advanced(ctx: Context, before: Clock, rules: Figures) -> Clock:
    """Put the interval before this block into the window, in place of the oldest one."""
    time_ms = ctx.block.time_ns // MILLISECOND_NS
    if not before.time_ms:
        return replace(before, time_ms=time_ms)  # genesis to the first block does not count
    entering = formulas.counted_interval(time_ms - before.time_ms, rules.longest_ms)
    leaving = INTERVALS.get(ctx, before.position)
    leaving = rules.block_ms if leaving is None else leaving
    if entering != leaving:
        _set_interval(ctx, before.position, entering, rules)
    return replace(
        before,
        position=(before.position + 1) % rules.window,
        sum_ms=before.sum_ms + entering - leaving,
        time_ms=time_ms,
    )


def _set_interval(ctx: Context, slot: int, interval_ms: int, rules: Figures) -> None:
    if interval_ms == rules.block_ms:
        INTERVALS.delete(ctx, slot)
    else:
        INTERVALS.set(ctx, slot, interval_ms)


def _reward(ctx: Context, now: Clock, index: int, phase: Phase, rules: Figures) -> int:
    end_ms = phase.endtime // MILLISECOND_NS
    length_ms = end_ms - phases.begin_of(ctx, index) // MILLISECOND_NS
    cap = formulas.block_cap(phase.total_amount, length_ms, rules.block_ms, rules.cap_factor)
    rest = phase.total_amount - phase.applied_amount
    return formulas.block_reward(rest, now.sum_ms, rules.window, end_ms - now.time_ms, cap)


def fill_window(ctx: Context, before: Clock, rules: Figures) -> Clock:
    """Begin the window anew, filled with the block time: at genesis, and when its length or filling changes."""
    for slot, _ in list(INTERVALS.items(ctx)):
        INTERVALS.delete(ctx, slot)
    return replace(before, position=0, sum_ms=rules.window * rules.block_ms)
