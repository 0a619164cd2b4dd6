"""[I4] [V8] Shares of rewards: nothing is made or lost by rounding."""

import os
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from qos.base.identifiers import Address
from qos.chains.public import STAKE
from qos.machine.context import Context, ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.distribution import formulas, genesis, rewards
from qos.modules.economics.distribution.state import REWARDS
from qos.modules.validators.staking import bonding
from qos.modules.validators.staking import operations as staking
from qos.testing.reward_world import RewardChain, aqos, owner, reward_document

DEPOSITS = 100_000 if os.environ.get("QOS_LONG") == "1" else 300
amounts = st.integers(0, 10**28)
rates = st.integers(0, 10**18)


@given(amounts, st.lists(st.integers(0, 10**28), max_size=21))
def test_parts_and_what_remains_are_the_whole(shared: int, tokens: list[int]) -> None:
    parts, rest = formulas.validator_rewards(shared, tokens)
    assert sum(parts) + rest == shared
    assert min((*parts, rest)) >= 0
    assert not sum(tokens) or rest < max(len(tokens), 1)


@given(amounts, rates)
def test_commission_never_exceeds_the_reward(reward: int, rate: int) -> None:
    """Whitepaper 3.5: the delegators' factor is 1 - commission."""
    kept = formulas.commission(reward, rate)
    assert 0 <= kept <= reward
    assert kept * 10**18 <= reward * rate < (kept + 1) * 10**18


@given(amounts, rates)
def test_the_proposers_part_is_rounded_down(minted: int, rate: int) -> None:
    """Whitepaper 2.1: proposer extra revenue."""
    assert formulas.proposer_reward(minted, 4 * 10**16) == minted * 4 // 100
    assert 0 <= formulas.proposer_reward(minted, rate) <= minted


@given(amounts, st.integers(0, formulas.SCALE), st.integers(1, 10**29))
def test_an_index_step_and_its_carry_are_the_reward(reward: int, carry: int, shares: int) -> None:
    step, rest = formulas.index_step(reward, carry, shares)
    assert step * shares + rest == reward * formulas.SCALE + carry
    assert 0 <= rest < shares


@given(st.lists(st.integers(1, 10**24), min_size=1, max_size=6), st.lists(amounts, min_size=1, max_size=6))
def test_what_bonds_earn_and_the_carry_are_what_was_credited(shares: list[int], credited: list[int]) -> None:
    index = carry = 0
    for reward in credited:
        step, carry = formulas.index_step(reward, carry, sum(shares))
        index += step
    earned = [formulas.earned(each, index, 0) for each in shares]
    assert sum(earned) + carry == sum(credited) * formulas.SCALE
    paid = [formulas.payable(each) for each in earned]
    assert sum(whole for whole, _ in paid) <= sum(credited)
    assert all(whole * formulas.SCALE + rest == each for (whole, rest), each in zip(paid, earned, strict=True))


def saver(number: int) -> Address:
    return Address(sha256(b"saver %d" % number).digest()[:20])


def test_tiny_deposits_never_take_more_than_they_earned() -> None:
    """Threat 30: each of many bonds of 1 aqos is paid rounded down; the rest stays booked."""
    ctx = RewardChain(reward_document(1)).scratch()
    for number in range(DEPOSITS):
        bank.mint(ctx, saver(number), aqos(1))
        bonding.delegate(ctx, STAKE, saver(number), owner(0), 1)
    credited = credit(ctx, 7 * 10**21 + 3)
    paid = 0
    for number in range(DEPOSITS):
        rewards.settle(ctx, owner(0), saver(number), 1)
        paid += rewards.pay(ctx, owner(0), saver(number), saver(number))
    assert paid == DEPOSITS * (credited // staking.require_validator(ctx, owner(0)).shares)
    for number in range(DEPOSITS):
        rewards.settle(ctx, owner(0), saver(number), 1)
        assert rewards.pay(ctx, owner(0), saver(number), saver(number)) == 0
    for invariant in genesis.INVARIANTS:
        invariant(ReadContext(ctx.state, ctx.block))


def credit(ctx: Context, reward: int) -> int:
    """Credit a validator's bonds with a reward; returns what of it is theirs."""
    row = rewards.of_validator(ctx, owner(0))
    shares = staking.require_validator(ctx, owner(0)).shares
    bank.mint(ctx, rewards.HOLDINGS, aqos(reward))
    REWARDS.set(ctx, owner(0), rewards.credit_bonds(row, reward, 0, shares))
    return row.bonds + reward
