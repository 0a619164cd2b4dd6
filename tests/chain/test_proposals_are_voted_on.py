"""Votes on proposals: who may, what they weigh, how they change and are forgotten (G1, G2)."""

from dataclasses import replace

import pytest

from qos.base.amounts import E18
from qos.base.identifiers import Address
from qos.modules.governance.proposals import errors
from qos.modules.governance.proposals.state import BALLOTS, ROWS, VOTES
from qos.proto.record import Record
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import qos_gov_v1
from qos.proto.records.cosmos_staking_v1beta1 import MsgUndelegate
from qos.testing.chain import ALICE, BOB, CAROL, DAVE, expect
from qos.testing.governance import (
    ABSTAIN,
    DEPOSIT,
    NEW_FEES,
    NO,
    SHORT,
    VALIDATORS,
    VOTING,
    YES,
    GovernedChain,
    delegation,
    governed_genesis,
    proposal_of,
)
from qos.testing.transactions import aqos


@pytest.fixture(name="chain")
def _chain() -> GovernedChain:
    return GovernedChain()


def test_a_delegators_vote_counts_instead_of_its_validators_for_its_own_share(chain: GovernedChain) -> None:
    """WP 3.3.2, protocol 7: exactly once per delegation."""
    chain.bond(BOB, 30, validator=0)
    chain.bond(BOB, 20, validator=1)
    chain.bond(CAROL, 7, validator=0)
    number = chain.propose(deposit=100)
    chain.vote(number, YES, VALIDATORS[0], VALIDATORS[1])
    chain.vote(number, NO, BOB)
    chain.vote(number, NO, BOB)
    ended = chain.run_until_counted(number)
    # Validator 0 speaks for itself and Carol, validator 1 for itself, Bob for his 50.
    assert ended.tally == qos_gov_v1.Counts(yes=27 * E18, no=50 * E18)
    assert ended.electorate == (40 + 57) * E18


def test_a_vote_can_be_changed_and_split(chain: GovernedChain) -> None:
    chain.bond(BOB, 100)
    number = chain.propose(deposit=100)
    chain.vote(number, YES, BOB)
    half = v1.WeightedVoteOption(option=NO, weight="0.5")
    parts = (half, replace(half, option=YES, weight="0.3"), replace(half, option=ABSTAIN, weight="0.2"))
    chain.done(BOB, v1.MsgVoteWeighted(proposal_id=number, voter=BOB.address, options=parts))
    expected = qos_gov_v1.Counts(yes=30 * E18, no=50 * E18, abstain=20 * E18)
    assert chain.run_until_counted(number).tally == expected


def test_a_vote_needs_a_bonded_qos(chain: GovernedChain) -> None:
    """[G1]"""
    chain.done(BOB, _delegate(BOB.address, E18 - 1))
    chain.done(CAROL, _delegate(CAROL.address, E18))
    number = chain.propose(deposit=100)
    for nobody in (DAVE, BOB):
        vote = v1.MsgVote(proposal_id=number, voter=nobody.address, option=YES)
        expect(chain.act(nobody, vote), errors.NoBond)
    chain.vote(number, YES, CAROL)


def _delegate(who: Address, amount: int) -> Record:
    return delegation(who, VALIDATORS[0].address, amount)


def test_votes_before_after_and_on_nothing_are_refused(chain: GovernedChain) -> None:
    chain.bond(BOB, 5)
    chain.done(ALICE, proposal_of(ALICE.address, (), 50 * E18))
    vote = v1.MsgVote(proposal_id=1, voter=BOB.address, option=YES)
    expect(chain.act(BOB, vote), errors.NotInVoting)
    expect(chain.act(BOB, replace(vote, proposal_id=9)), errors.UnknownProposal)
    number = chain.propose(deposit=100)
    expect(chain.act(BOB, replace(vote, proposal_id=number, option=v1.VoteOption(0))), errors.BadVote)
    chain.run_until_counted(number)
    expect(chain.act(BOB, replace(vote, proposal_id=number)), errors.NotInVoting)


def test_bonds_count_as_they_are_when_voting_ends(chain: GovernedChain) -> None:
    """[G1] running sums follow bond changes."""
    chain.bond(BOB, 30)
    number = chain.propose(deposit=100)
    chain.vote(number, YES, BOB)
    chain.bond(BOB, 12, validator=2)
    chain.bond(BOB, 8)
    undelegate = _undelegate(BOB.address, 5 * E18)
    chain.done(BOB, undelegate)
    assert chain.run_until_counted(number).tally == qos_gov_v1.Counts(yes=45 * E18)


def test_a_bond_that_changes_while_its_votes_count_pays_for_the_sums(chain: GovernedChain) -> None:
    """[G1] More gas for each vote that is open, none once it is counted."""

    def gas() -> int:
        return chain.done(BOB, _delegate(BOB.address, E18)).gas_used

    chain.bond(BOB, 30)
    numbers = [chain.propose(deposit=100), chain.propose(deposit=100)]
    used = [gas()]
    for number in numbers:
        chain.vote(number, YES, BOB)
        used.append(gas())
    assert used[0] < used[1] < used[2]
    for number in numbers:
        chain.run_until_counted(number)
    chain.run_block()
    assert gas() < used[1]


def _undelegate(who: Address, amount: int) -> Record:
    return MsgUndelegate(delegator_address=who, validator_address=VALIDATORS[0].address, amount=aqos(amount)[0])


def test_at_most_so_many_are_in_voting_and_the_most_important_is_next() -> None:
    """[G1] at most 32 in voting; here 2."""
    chain = GovernedChain(governed_genesis(replace(SHORT, max_voting=2)))
    first, second = chain.propose(deposit=100), chain.propose(deposit=100)
    text = chain.propose(deposit=100)
    params = chain.propose(NEW_FEES)
    assert [chain.proposal(each).status for each in (first, second, text, params)] == [VOTING, VOTING, DEPOSIT, DEPOSIT]
    chain.run_until_counted(first)
    assert [chain.proposal(each).status for each in (text, params)] == [DEPOSIT, VOTING]
    chain.run_until_counted(second)
    assert chain.proposal(text).status is VOTING


def test_votes_and_sums_are_forgotten_once_they_are_counted(chain: GovernedChain) -> None:
    number = chain.propose(deposit=100)
    chain.vote(number, YES, *VALIDATORS)
    chain.run_until_counted(number)
    chain.run_block()
    state = chain.state()
    assert not [*VOTES.items(state), *ROWS.items(state), *BALLOTS.items(state)]
