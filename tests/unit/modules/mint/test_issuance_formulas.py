"""[I1] [I2] [I3] [I6] The issuance of whitepaper 2.1, its digits and its bounds."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base.blocktime import MILLISECOND_NS, SECOND_NS
from qos.modules.assets.bank.genesis import MAX_NATIVE_SUPPLY
from qos.modules.economics.mint.formulas import block_cap, block_reward, counted_interval, year_estimate
from qos.modules.economics.mint.paper import GENESIS_SUPPLY, PHASE_S, PHASE_TOTALS, paper_phases
from qos.proto.records.qos_mint_v1 import Phase
from qos.testing.mint_world import GENESIS_MS, GENESIS_NS, MintWorld, digits

QOS = 10**18
DAY_MS = 86_400_000
BLOCKS = PHASE_S // 3
PHASE_MS = PHASE_S * 1_000
PAPER_REWARDS = ("60.64", "30.32", "15.16", "7.58", "3.79", "1.895", "1.895")


def short_phases(length_ms: int, totals: tuple[int, ...] = PHASE_TOTALS) -> list[Phase]:
    return [
        Phase(endtime=GENESIS_NS + number * length_ms * MILLISECOND_NS, total_amount=total)
        for number, total in enumerate(totals, 1)
    ]


def test_the_seven_phases_mint_51_percent_of_ten_billion_halving_each_time() -> None:
    assert GENESIS_SUPPLY * 100 == 49 * MAX_NATIVE_SUPPLY
    assert sum(PHASE_TOTALS) * 100 == 51 * MAX_NATIVE_SUPPLY
    assert PHASE_TOTALS[0] == 255 * 10**7 * QOS
    assert all(after * 2 == before for before, after in pairwise(PHASE_TOTALS[:6]))
    assert PHASE_TOTALS[6] == PHASE_TOTALS[5]
    listed = paper_phases(GENESIS_NS)
    assert [phase.endtime for phase in listed] == [GENESIS_NS + n * PHASE_S * SECOND_NS for n in range(1, 8)]


@pytest.mark.parametrize(("number", "paper"), list(enumerate(PAPER_REWARDS)))
def test_at_exactly_3_s_a_block_of_each_phase_mints_what_the_paper_says(number: int, paper: str) -> None:
    """Whitepaper 2.1: "total mined tokens per block" = (total - applied) / ((end - now) / average block time)."""
    total = PHASE_TOTALS[number]
    assert digits(total // BLOCKS, len(paper.split(".")[1])) == paper
    listed = list(paper_phases(GENESIS_NS))
    listed[:number] = [
        Phase(endtime=each.endtime, total_amount=each.total_amount, applied_amount=each.total_amount)
        for each in listed[:number]
    ]
    begin_ms = GENESIS_MS + number * PHASE_MS
    clock = {"phase": number, "sum_ms": 3_000_000, "minted": "0"}
    world = MintWorld(
        listed,
        supply=GENESIS_SUPPLY + sum(PHASE_TOTALS[:number]),
        genesis_ms=begin_ms,
        start_ms=GENESIS_MS,
        clock=clock,
    )
    rewards = [world.block(begin_ms + index * 3_000) for index in range(50)]
    assert {digits(reward, len(paper.split(".")[1])) for reward in rewards} == {paper}
    assert all(reward - total // BLOCKS in (0, 1) for reward in rewards)


@pytest.mark.parametrize(("share", "paper"), [(0, "61.61"), (50, "62.04"), (90, "65.69")])
def test_the_first_block_after_a_halt_of_ten_days_mints_hardly_more(share: int, paper: str) -> None:
    """[I2] an interval counts 30 s at most."""
    now = GENESIS_MS + PHASE_MS * share // 100
    listed = list(paper_phases(GENESIS_NS))
    applied = PHASE_TOTALS[0] * share // 100
    listed[0] = Phase(endtime=listed[0].endtime, total_amount=PHASE_TOTALS[0], applied_amount=applied)
    world = MintWorld(listed, supply=GENESIS_SUPPLY + applied, genesis_ms=now, start_ms=GENESIS_MS)
    world.block(now)
    assert digits(world.block(now + 10 * DAY_MS), 2) == paper


def test_a_header_ten_years_ahead_mints_twenty_times_the_even_reward_at_most() -> None:
    world = MintWorld(paper_phases(GENESIS_NS))
    world.block(GENESIS_MS + 3_000)
    ahead = GENESIS_MS + 10 * 365 * DAY_MS
    first = world.block(ahead)
    assert 1_212_890 * QOS < first * 1_000 < 1_212_900 * QOS
    assert {world.block(ahead + index) for index in range(100)} == {first}


def test_genesis_to_the_first_block_is_not_counted() -> None:
    world = MintWorld(paper_phases(GENESIS_NS))
    left_ms = PHASE_MS - 29_000
    assert world.block(GENESIS_MS + 29_000) == PHASE_TOTALS[0] * 3_000_000 // (1_000 * left_ms)
    world.check()


def intervals(seed: int, count: int) -> list[int]:
    """Return irregular times between blocks: steady, hasty, equal, missing, and halts of hours."""
    chance = random.Random(seed)
    kinds = [lambda: chance.randint(2_000, 4_000), lambda: 0, lambda: chance.randint(5_000, 90_000), lambda: 1]
    return [kinds[chance.choices(range(4), (90, 4, 4, 2))[0]]() for _ in range(count)]


@pytest.mark.parametrize("seed", range(3))
def test_28_years_end_at_exactly_ten_billion_qos_whatever_the_times(seed: int) -> None:
    """[I3] [I6], shortened: each phase has 1 200 000 ms instead of four years; the totals are the paper's."""
    length_ms = 1_200_000
    world = MintWorld(short_phases(length_ms))
    now, last_phase_done = GENESIS_MS, 0
    for interval in intervals(seed, 4_000):
        now += interval
        world.block(now)
        listed = world.phases()
        done = sum(each.applied_amount == each.total_amount for each in listed)
        assert done <= last_phase_done + 1
        last_phase_done = done
        if done == 7:
            break
    assert [each.applied_amount for each in world.phases()] == list(PHASE_TOTALS)
    assert world.supply() == MAX_NATIVE_SUPPLY == 10**28
    assert [world.block(now + index * 3_000) for index in range(5)] == [0] * 5
    world.check()


def test_a_phase_is_left_only_when_all_of_it_is_minted_and_one_at_most_a_block() -> None:
    """[I2] A jump over two ends: each phase still mints its total, by its bound, before the next begins."""
    world = MintWorld(short_phases(60_000, (1_000, 600, 500)), supply=0)
    world.block(GENESIS_MS)
    end = GENESIS_MS + 200_000
    minted = [world.block(end + index) for index in range(5)]
    assert minted == [950, 600, 500, 0, 0]
    assert sum(each.applied_amount for each in world.phases()) == world.supply() == 2_100


def test_times_that_do_not_move_mint_less_and_never_divide_by_zero() -> None:
    world = MintWorld(short_phases(10_000_000), params={"window": 3})
    rewards = [world.block(GENESIS_MS + 1) for _ in range(6)]
    assert rewards[4:] == [0, 0]
    assert rewards[0] > rewards[1] > rewards[2] > rewards[3] == 0


def test_an_interval_counts_nothing_when_time_goes_back_and_the_bound_when_it_jumps() -> None:
    assert [counted_interval(each, 30_000) for each in (-1, 0, 1, 30_000, 30_001, 10**15)] == [
        0,
        0,
        1,
        30_000,
        30_000,
        30_000,
    ]


@given(
    st.integers(0, 10**28),
    st.integers(0, 10**9),
    st.integers(1, 10_000),
    st.integers(-(10**12), 10**12),
    st.integers(0, 10**28),
)
def test_a_reward_lies_between_nothing_and_both_bounds(rest: int, sum_ms: int, n: int, left: int, cap: int) -> None:
    """Threat 13: whatever the parameters, a block gets its reward."""
    reward = block_reward(rest, sum_ms, n, left, cap)
    assert 0 <= reward <= min(rest, cap)
    assert left > 0 or reward == min(rest, cap)


def test_the_bound_is_twenty_even_rewards() -> None:
    assert block_cap(PHASE_TOTALS[0], PHASE_MS, 3_000, 20) == 20 * PHASE_TOTALS[0] * 3_000 // PHASE_MS


def test_a_year_of_even_blocks_is_a_quarter_of_a_phase() -> None:
    even = PHASE_TOTALS[0] // BLOCKS
    assert PHASE_TOTALS[0] // 4 - year_estimate(even, 3_000_000, 1_000) < BLOCKS
    assert year_estimate(even, 0, 1_000) == 0
