"""Issuance in genesis, and what must hold after every block."""

from dataclasses import replace

from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.genesis import MAX_NATIVE_SUPPLY
from qos.modules.economics.mint import operations, params, phases
from qos.modules.economics.mint.state import CLOCK, INTERVALS, PARAMS, PHASES, START
from qos.proto.records.qos_mint_v1 import Clock, GenesisState, Interval, Params


def load(ctx: Context, state: GenesisState) -> None:
    """Import parameters and phases, and where an exported chain stood.

    Raises: InvalidMintParams, InvalidPhases, BadGenesis.
    """
    rules = params.check(state.params or Params())
    begin = ctx.block.time_ns if state.start is None else state.start
    if begin < 0:
        raise BadGenesis("mint: issuance cannot start before 1970")
    phases.check(ctx, state.inflation_phrases, begin, rules)
    PARAMS.set(ctx, params.complete(rules))
    START.set(ctx, begin)
    for index, phase in enumerate(state.inflation_phrases):
        PHASES.set(ctx, index, phase)
    if state.clock is None:
        CLOCK.set(ctx, operations.fill_window(ctx, Clock(), rules))
    else:
        _load_clock(ctx, state, state.clock, rules)
    accounts.ensure_module_account(ctx, operations.MINTED_NAME)


def _load_clock(ctx: Context, state: GenesisState, clock: Clock, rules: params.Figures) -> None:
    if clock.phase > len(state.inflation_phrases) or clock.position >= rules.window or clock.time_ms:
        raise BadGenesis("mint: the clock names a phase or a slot that is not there, or a time")
    for each in state.intervals:
        if each.slot >= rules.window or each.interval_ms > rules.longest_ms or INTERVALS.has(ctx, each.slot):
            raise BadGenesis("mint: an interval stands twice, outside the window or above its bound")
        INTERVALS.set(ctx, each.slot, each.interval_ms)
    CLOCK.set(ctx, clock)


def dump(ctx: ReadContext) -> GenesisState:
    """Export parameters, phases and window; the time of the newest block is not of the next chain."""
    return GenesisState(
        params=PARAMS.get(ctx),
        inflation_phrases=phases.all_phases(ctx),
        start=phases.start(ctx),
        clock=replace(operations.clock(ctx), time_ms=0),
        intervals=tuple([Interval(slot=slot, interval_ms=length) for slot, length in INTERVALS.items(ctx)]),
    )


def window_sum_is_right(ctx: ReadContext) -> None:
    """S is the sum of the intervals in the window."""
    rules, clock = params.figures(ctx), operations.clock(ctx)
    kept = [length for _, length in INTERVALS.items(ctx)]
    if clock.sum_ms != sum(kept) + (rules.window - len(kept)) * rules.block_ms:
        raise InvariantBroken("the sum of intervals between blocks is wrong")


def what_was_minted_waits(ctx: ReadContext) -> None:
    """What the newest block minted lies on the account of this module, nothing else does."""
    if bank.balance(ctx, operations.MINTED, BASE_DENOM) != operations.last_minted(ctx):
        raise InvariantBroken("the account of the mint does not hold what the newest block minted")


def phases_are_within_the_maximum(ctx: ReadContext) -> None:
    """Each phase minted at most its total, later ones nothing, and there will be at most 10^10 QOS (I3, I5, L2)."""
    current, rest = operations.clock(ctx).phase, 0
    for index, phase in PHASES.items(ctx):
        if not 0 <= phase.applied_amount <= phase.total_amount or (index > current and phase.applied_amount):
            raise InvariantBroken(f"phase {index} of issuance minted what it should not have")
        if index < current and phase.applied_amount != phase.total_amount:
            raise InvariantBroken(f"phase {index} of issuance was left before all of it was minted")
        rest += phase.total_amount - phase.applied_amount
    if bank.supply(ctx, BASE_DENOM) + rest > MAX_NATIVE_SUPPLY:
        raise InvariantBroken("more is to be minted than there may ever be")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
INVARIANTS = (window_sum_is_right, what_was_minted_waits, phases_are_within_the_maximum)
