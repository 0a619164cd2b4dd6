"""[I1] [I2] Issuance run ahead equals the rules of the chain, and many blocks at once equal one by one."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qos.base.blocktime import MILLISECOND_NS
from qos.modules.economics.mint.issuance import Issuance, Terms
from qos.modules.economics.mint.paper import PHASE_S, PHASE_TOTALS
from qos.modules.economics.mint.params import Figures, filled
from qos.proto.records.qos_mint_v1 import Params, Phase
from qos.testing.mint_world import GENESIS_MS, GENESIS_NS, MintWorld

RULES = filled(Params())
SMALL = Figures(window=7, block_ms=3_000, longest_ms=30_000, cap_factor=20)


def terms_of(length_ms: int, totals: tuple[int, ...]) -> list[Terms]:
    return [
        Terms(begin_ms=GENESIS_MS + number * length_ms, end_ms=GENESIS_MS + (number + 1) * length_ms, total=total)
        for number, total in enumerate(totals)
    ]


def state(run: Issuance) -> tuple[object, ...]:
    # Where slots are all alike it does not matter which one is next.
    turned = run.slots[run.position :] + run.slots[: run.position]
    return run.height, run.phase, run.applied, turned, run.sum_ms, run.time_ms


@pytest.mark.parametrize("seed", range(2))
def test_a_run_ahead_mints_what_the_chain_mints_block_by_block(seed: int) -> None:
    chance, length_ms = random.Random(seed), 300_000
    phases = [
        Phase(endtime=GENESIS_NS + (number + 1) * length_ms * MILLISECOND_NS, total_amount=total)
        for number, total in enumerate(PHASE_TOTALS)
    ]
    world, run = MintWorld(phases), Issuance(terms_of(length_ms, PHASE_TOTALS), RULES)
    now = GENESIS_MS
    for _ in range(1_000):
        now += chance.choice((0, 1, 2_900, 3_000, 3_100, 9_000, 40_000, 3_000_000 if chance.random() < 0.02 else 3_000))
        assert run.block(now) == world.block(now)
    assert run.done
    assert run.minted == sum(PHASE_TOTALS)


@given(
    st.lists(st.integers(1, 10**12), min_size=1, max_size=4),
    st.integers(1, 400_000),
    st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 60)), min_size=1, max_size=8),
)
@example(totals=[172], length_ms=7_301, stretches=[(360, 20)])
def test_many_blocks_at_once_are_the_same_blocks(
    totals: list[int], length_ms: int, stretches: list[tuple[int, int]]
) -> None:
    terms = terms_of(length_ms, tuple(totals))
    one, many = Issuance(terms, SMALL, time_ms=GENESIS_MS), Issuance(terms, SMALL, time_ms=GENESIS_MS)
    for interval_ms, count in stretches:
        one.each(interval_ms, count)
        many.steady(interval_ms, count)
        assert state(one) == state(many)


def test_a_phase_of_the_paper_takes_few_steps_and_mints_exactly_its_total() -> None:
    """[I3] Whitepaper 2.1, the whole of it at exactly 3 s: 294 336 000 blocks."""
    blocks = 7 * PHASE_S // 3
    run = Issuance(terms_of(PHASE_S * 1_000, PHASE_TOTALS), RULES, time_ms=GENESIS_MS)
    run.steady(3_000, blocks)
    assert run.height == blocks == 294_336_000
    assert run.applied == list(PHASE_TOTALS)
    assert run.executed < 3_000
