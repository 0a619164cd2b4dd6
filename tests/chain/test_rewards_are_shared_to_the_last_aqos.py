"""[I4] [V8] Inflation and fees on a chain with stake (WP 2.1, 3.3.2, 3.5)."""

from fractions import Fraction

import pytest

from qos.base.blocktime import DAY_NS
from qos.machine.authority import GOVERNANCE
from qos.modules.economics.fees.operations import COLLECTOR
from qos.modules.economics.mint.operations import MINTED
from qos.modules.validators.staking import operations as staking
from qos.proto.records.qos_distribution_v1 import MsgUpdateParams, Params, QueryClaimsRequest, QueryClaimsResponse
from qos.testing.chain import ALICE, BOB
from qos.testing.reward_world import (
    ABSENT,
    COMMIT,
    NIL,
    QOS,
    RewardChain,
    credited,
    delegate,
    members,
    one_phase,
    owner,
    reward_document,
    rewards_of,
)
from qos.testing.transactions import send

E18 = 10**18


@pytest.fixture
def chain() -> RewardChain:
    return RewardChain()


def test_each_block_credits_and_pool_change_are_what_was_minted_and_paid(chain: RewardChain) -> None:
    chain.send(ALICE, delegate(ALICE, 1, 333 * QOS + 7))
    for number in range(12):
        pool, held, supply = chain.pool, chain.held, chain.balance(MINTED) + chain.balance(COLLECTOR)
        chain.flags = {number % 4: (ABSENT, NIL, COMMIT)[number % 3]}
        chain.proposer = (number + 1) % 4
        chain.pay_fees(number * 10**15 + number)
        chain.run_block()
        payout = chain.payout()
        assert payout.height == chain.height - 1
        assert payout.minted + payout.fees == supply
        assert credited(payout) + payout.community == supply
        assert (chain.held - held, chain.pool - pool) == (credited(payout), payout.community)


def test_the_first_block_pays_nobody(chain: RewardChain) -> None:
    assert (chain.held, chain.pool) == (0, 0)
    assert chain.balance(MINTED) > 0
    chain.run_block()
    assert chain.payout().height == 1


def test_the_proposer_gets_4_percent_of_the_inflation_for_itself(chain: RewardChain) -> None:
    """Whitepaper 2.1: "proposer extra revenue = total mined tokens per block x 4 %", not shared, no commission."""
    chain.proposer = 2
    chain.pay_fees(10**20)
    chain.run_block()
    chain.proposer = 3
    before = chain.row(2)
    chain.run_block()
    payout, after = chain.payout(), chain.row(2)
    assert payout.fees == 10**20
    assert payout.proposer == owner(2)
    assert payout.proposer_reward == payout.minted * 4 // 100 == after.proposer - before.proposer
    assert chain.row(3).proposer == 0


def test_what_a_proposer_that_is_gone_would_get_goes_to_the_community_pool(chain: RewardChain) -> None:
    """[I4]"""
    chain.proposer = 9
    chain.run_block()
    pool, rows = chain.pool, [chain.row(number).proposer for number in range(4)]
    chain.proposer = 0
    chain.run_block()
    payout = chain.payout()
    assert (payout.proposer, payout.proposer_reward) == (b"", 0)
    assert payout.community == chain.pool - pool >= payout.minted * 4 // 100
    assert [chain.row(number).proposer for number in range(4)] == rows


def test_a_validator_gets_its_bonded_part_of_all_that_signed(chain: RewardChain) -> None:
    """Whitepaper 3.3.2 and 3.5: (mined - extra) x bonded / sum of bonded of all validators who verified this block."""
    chain.send(ALICE, delegate(ALICE, 1, 3_000 * QOS))
    chain.blocks(2)
    chain.flags = {3: ABSENT, 2: NIL}
    chain.run_block()
    payout = chain.payout()
    assert payout.shared == payout.minted + payout.fees - payout.proposer_reward
    assert rewards_of(payout) == {
        owner(0): payout.shared * 1_000 // 5_000,
        owner(1): payout.shared * 4_000 // 5_000,
    }
    assert [each.validator_address for each in payout.signers] == members((0, 1))


def test_a_delegator_gets_its_share_of_its_validator_without_the_commission(chain: RewardChain) -> None:
    """Whitepaper 3.5: delegator's profit = bonded to the validator / total bonded of it x (1 - commission)."""
    chain.send(ALICE, delegate(ALICE, 1, 3_000 * QOS))
    to_bonds = 0
    for _ in range(20):
        chain.run_block()
        part = next(each for each in chain.payout().signers if each.validator_address == owner(1))
        assert part.commission == part.reward // 10
        to_bonds += part.reward - part.commission
    request = QueryClaimsRequest(delegator_address=ALICE.address)
    told = chain.query("/qos.distribution.v1.Query/Claims", request, QueryClaimsResponse).claims
    assert [each.validator.validator_address for each in told] == [owner(1)]
    assert abs(Fraction(3_000, 4_000) * to_bonds - told[0].reward) < 1


def test_who_votes_nil_or_not_at_all_earns_nothing_of_that_block(chain: RewardChain) -> None:
    for flag in (NIL, ABSENT):
        chain.flags = {1: flag}
        before = chain.row(1)
        chain.run_block()
        assert owner(1) not in rewards_of(chain.payout())
        assert chain.row(1) == before


def test_without_any_vote_all_but_the_proposers_reward_goes_to_the_pool(chain: RewardChain) -> None:
    chain.flags = dict.fromkeys(range(4), ABSENT)
    pool = chain.pool
    chain.run_block()
    payout = chain.payout()
    assert chain.pool - pool == payout.minted + payout.fees - payout.proposer_reward
    assert payout.signers == ()


def test_a_share_for_the_community_pool_is_taken_from_the_inflation(chain: RewardChain) -> None:
    params = Params(
        proposer_reward_rate=4 * E18 // 100, community_reward_rate=2 * E18 // 100, compounding_interval=DAY_NS
    )
    chain.govern(MsgUpdateParams(authority=GOVERNANCE, params=params))
    chain.run_block()
    payout = chain.payout()
    assert payout.shared == payout.minted - payout.minted * 4 // 100 - payout.minted * 2 // 100
    assert payout.community >= payout.minted * 2 // 100
    assert payout.community - payout.minted * 2 // 100 < 4


def test_rewards_follow_the_tokens_recorded_for_the_set_that_signed(chain: RewardChain) -> None:
    """What was bonded after the set was told earns from the block on that the new set signs."""
    recorded = staking.signed_set(chain.state(), chain.height)
    chain.send(ALICE, delegate(ALICE, 0, 1_000 * QOS))
    assert recorded is not None
    assert [each.tokens for each in chain.payout().signers] == [each.tokens for each in recorded.members]
    chain.run_block()
    assert {each.tokens for each in chain.payout().signers} == {1_000 * QOS}
    chain.blocks(2)
    assert {each.validator_address: each.tokens for each in chain.payout().signers}[owner(0)] == 2_000 * QOS


@pytest.mark.parametrize(("proposer", "community"), [(0, 0), (E18, 0), (0, E18), (E18 // 2, E18 // 2), (E18 - 1, 1)])
@pytest.mark.parametrize("total", [0, 1_000, 10**27])
def test_extreme_parameters_never_stop_a_block(proposer: int, community: int, total: int) -> None:
    """Threat 13."""
    rates = {
        "proposer_reward_rate": str(proposer),
        "community_reward_rate": str(community),
        "compounding_interval": "1s",
    }
    mint = one_phase(total, 30) if total else {}
    chain = RewardChain(reward_document(mint=mint, distribution={"params": rates}))
    votes: tuple[dict[int, int], ...] = ({}, dict.fromkeys(range(4), ABSENT), {0: NIL}, {})
    for flags in votes:
        chain.flags = flags
        chain.run_block(chain.tx(ALICE, send(ALICE.address, BOB.address, 1)))
        chain.later_s += 10**6
    chain.blocks(3)
