"""A proposal's life: deposit, voting, count, what happens to deposits and what is run (G1-G3)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.identifiers import BASE_DENOM, Address
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.authority import GOVERNANCE
from qos.machine.machine import Machine
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.fees import operations as fees
from qos.modules.economics.fees.errors import BadParams as BadFees
from qos.modules.governance.proposals import deposits, errors
from qos.modules.governance.proposals.lifecycle import EXPIRED_PER_BLOCK, FORGOTTEN_PER_BLOCK
from qos.modules.governance.proposals.params import LEAST_SHARE
from qos.modules.governance.proposals.state import BALLOTS, ROWS, VOTES
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records import qos_gov_v1
from qos.proto.records.cosmos_staking_v1beta1 import MsgUndelegate
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgCancelUpgrade, MsgSoftwareUpgrade, Plan
from qos.proto.records.qos_fees_v1 import MsgUpdateParams, Params
from qos.proto.records.qos_gov_v1 import Level, Outcome
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, CAROL, DAVE
from qos.testing.governance import (
    ABSTAIN,
    NO,
    SHORT,
    VALIDATORS,
    VETO,
    YES,
    GovernedChain,
    delegation,
    governed_genesis,
    proposal_of,
)
from qos.testing.transactions import aqos, send

FEES = Params(denom=BASE_DENOM, gas_price=10**10, value_fee_cap=5)
NEW_FEES = MsgUpdateParams(authority=GOVERNANCE, params=FEES)
DEPOSIT, VOTING = v1.ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD, v1.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD
PASSED, REJECTED = v1.ProposalStatus.PROPOSAL_STATUS_PASSED, v1.ProposalStatus.PROPOSAL_STATUS_REJECTED


@pytest.fixture(name="chain")
def _chain() -> GovernedChain:
    return GovernedChain()


def refused(result: ExecTxResult, error: type[Exception]) -> None:
    code = error.code  # type: ignore[attr-defined]
    assert (result.codespace, result.code) == (code.codespace, code.number), result.log


def held(chain: GovernedChain) -> int:
    return bank.balance(chain.state(), deposits.HOLDING, BASE_DENOM)


def test_a_text_passes_and_the_deposit_returns(chain: GovernedChain) -> None:
    before = chain.balance(BOB.address)
    chain.done(ALICE, proposal_of(ALICE.address, (), 40 * E18))
    chain.done(BOB, v1.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(60 * E18)))
    assert (held(chain), chain.proposal(1).status) == (100 * E18, VOTING)
    chain.vote(1, YES, *VALIDATORS)
    ended = chain.run_until_counted(1)
    assert (ended.status, ended.level, ended.outcome) == (PASSED, Level.LEVEL_NORMAL, Outcome.OUTCOME_PASSED)
    assert ended.tally == qos_gov_v1.Counts(yes=40 * E18)
    assert held(chain) == chain.pool() == 0
    assert before - chain.balance(BOB.address) < E18  # the fee


def test_parameters_change_when_a_proposal_passes(chain: GovernedChain) -> None:
    ended = chain.decide(NEW_FEES)
    assert (ended.status, ended.level) == (PASSED, Level.LEVEL_IMPORTANT)
    assert fees.params(chain.state()) == FEES


def test_parameters_that_contradict_each_other_are_refused_when_submitted(chain: GovernedChain) -> None:
    """[G3] and again when they run, see below."""
    bad = replace(NEW_FEES, params=replace(FEES, value_fee_ppm=10**6 + 1))
    refused(chain.act(ALICE, proposal_of(ALICE.address, (bad,), 300 * E18)), BadFees)
    bad_gov = qos_gov_v1.MsgUpdateParams(authority=GOVERNANCE, params=replace(SHORT, max_voting=33))
    refused(chain.act(ALICE, proposal_of(ALICE.address, (bad_gov,), 300 * E18)), errors.BadParams)
    assert held(chain) == 0


def test_a_failing_execution_changes_nothing_and_is_recorded(chain: GovernedChain) -> None:
    """[G3]"""
    before = fees.params(chain.state())
    spend = send(GOVERNANCE, BOB.address, 1)  # the governance account holds nothing
    ended = chain.decide(NEW_FEES, spend)
    assert (ended.status, ended.outcome) == (v1.ProposalStatus.PROPOSAL_STATUS_FAILED, Outcome.OUTCOME_FAILED)
    assert "insufficient funds" in ended.failed_reason
    assert ended.failed_reason.startswith("sdk 5: ")
    assert fees.params(chain.state()) == before
    assert held(chain) == 0


def test_parameters_are_checked_again_when_they_run(chain: GovernedChain) -> None:
    """[G3] what was good when submitted may contradict what was decided meanwhile."""
    first = qos_gov_v1.MsgUpdateParams(authority=GOVERNANCE, params=replace(SHORT, max_voting=7))
    plan = MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name="soon", height=8))
    number = chain.propose(first, plan)
    chain.vote(number, YES, *VALIDATORS)
    ended = chain.run_until_counted(number)
    assert ended.failed_reason.startswith("upgrade 2: ")


def test_governance_changes_its_own_parameters(chain: GovernedChain) -> None:
    new = replace(SHORT, max_voting=3)
    assert chain.decide(qos_gov_v1.MsgUpdateParams(authority=GOVERNANCE, params=new)).status is PASSED
    found = chain.query("/qos.gov.v1.Query/Levels", qos_gov_v1.QueryLevelsRequest(), qos_gov_v1.QueryLevelsResponse)
    assert found.params == new


@pytest.mark.parametrize(
    ("messages", "level"),
    [
        ((), Level.LEVEL_NORMAL),
        ((NEW_FEES,), Level.LEVEL_IMPORTANT),
        ((MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name="a", height=99)),), Level.LEVEL_CRITICAL),
        ((NEW_FEES, MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name="a", height=99))), Level.LEVEL_CRITICAL),
        ((MsgCancelUpgrade(authority=GOVERNANCE), NEW_FEES), Level.LEVEL_IMPORTANT),
    ],
)
def test_the_highest_message_decides_the_level(
    chain: GovernedChain, messages: tuple[Record, ...], level: Level
) -> None:
    """[G2] unlisted messages are critical."""
    assert chain.proposal(chain.propose(*messages)).level is level


def test_proposals_do_not_nest(chain: GovernedChain) -> None:
    """[G2]"""
    inner = proposal_of(GOVERNANCE, (), 300 * E18)
    vote = v1.MsgVote(proposal_id=1, voter=GOVERNANCE, option=YES)
    deposit = v1beta1.MsgDeposit(proposal_id=1, depositor=GOVERNANCE, amount=aqos(1))
    for message in (inner, vote, deposit):
        refused(chain.act(ALICE, proposal_of(ALICE.address, (message,), 300 * E18)), errors.MessageNotAllowed)


def test_messages_of_others_and_unknown_ones_are_refused(chain: GovernedChain) -> None:
    of_bob = proposal_of(ALICE.address, (send(BOB.address, ALICE.address, 1),), 300 * E18)
    assert chain.act(ALICE, of_bob).code == 4
    unknown = replace(of_bob, messages=(AnyRecord(type_url="/x.y.Z"),))
    assert chain.act(ALICE, unknown).code == 6
    broken = replace(of_bob, messages=(AnyRecord(type_url=codec.type_url(type(NEW_FEES)), value=b"\xff"),))
    assert chain.act(ALICE, broken).code == 2


@pytest.mark.parametrize(
    "content",
    [
        {"title": ""},
        {"title": "  "},
        {"title": "t" * 201},
        {"summary": " "},
        {"summary": "s" * 10_240},
        {"metadata": "m" * 10_240},
        {"expedited": True},
    ],
)
def test_a_proposal_has_a_title_and_a_text_of_bounded_length(chain: GovernedChain, content: dict[str, Any]) -> None:
    refused(chain.act(ALICE, proposal_of(ALICE.address, (), 100 * E18, **content)), errors.BadProposal)


def test_a_text_may_have_10_kib(chain: GovernedChain) -> None:
    """[G2]"""
    summary = "s" * (10_240 - len("A change"))
    chain.done(ALICE, proposal_of(ALICE.address, (), 100 * E18, summary=summary))
    refused(chain.act(ALICE, proposal_of(ALICE.address, (), 100 * E18, summary=summary + "s")), errors.BadProposal)


def test_a_proposer_posts_at_least_a_third(chain: GovernedChain) -> None:
    """[G2]"""
    third = 100 * E18 // 3
    refused(chain.act(ALICE, proposal_of(ALICE.address, (), third)), errors.DepositTooSmall)
    chain.done(ALICE, proposal_of(ALICE.address, (), third + 100))
    assert chain.proposal(1).status is DEPOSIT


@pytest.mark.parametrize("coins", [(), aqos(0), aqos(-1), (*aqos(1), *aqos(2))])
def test_a_deposit_is_one_positive_amount_of_aqos(chain: GovernedChain, coins: tuple[Any, ...]) -> None:
    proposal = replace(proposal_of(ALICE.address, (), E18), initial_deposit=coins)
    assert chain.act(ALICE, proposal).code != 0
    assert held(chain) == 0


def test_others_post_at_least_a_hundredth_or_what_is_missing(chain: GovernedChain) -> None:
    chain.done(ALICE, proposal_of(ALICE.address, (), 98 * E18 + E18 // 2))
    deposit = v1.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(E18 - 1))
    refused(chain.act(BOB, deposit), errors.DepositTooSmall)
    chain.done(BOB, replace(deposit, amount=aqos(E18)))
    chain.done(BOB, replace(deposit, amount=aqos(E18 // 2)))
    assert chain.proposal(1).status is VOTING


def test_deposits_end_with_the_deposit_period(chain: GovernedChain) -> None:
    number = chain.propose(deposit=100)
    deposit = v1.MsgDeposit(proposal_id=number, depositor=BOB.address, amount=aqos(50 * E18))
    refused(chain.act(BOB, deposit), errors.NotInDepositPeriod)
    refused(chain.act(BOB, replace(deposit, proposal_id=77)), errors.UnknownProposal)


def test_a_proposal_nobody_pays_for_loses_its_deposit(chain: GovernedChain) -> None:
    """[G2]"""
    chain.done(ALICE, proposal_of(ALICE.address, (), 50 * E18))
    ended = chain.run_until_counted(1)
    assert (ended.status, ended.outcome) == (REJECTED, Outcome.OUTCOME_UNSPECIFIED)
    assert (held(chain), chain.pool()) == (0, 50 * E18)
    deposit = v1.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(50 * E18))
    refused(chain.act(BOB, deposit), errors.NotInDepositPeriod)


def test_deposits_of_many_proposals_are_settled_over_blocks() -> None:
    """[V8] Nobody pays for one that waits to be settled; with the shares there may be, a step has under 1 000 items."""
    most = 1 + E18 // LEAST_SHARE
    assert (EXPIRED_PER_BLOCK + 1) * most + FORGOTTEN_PER_BLOCK <= 1_000
    chain = GovernedChain(governed_genesis(replace(SHORT, proposer_share=1, depositor_share=LEAST_SHARE)))
    count = EXPIRED_PER_BLOCK + 2
    chain.done(ALICE, *[proposal_of(ALICE.address, (), 50 * E18) for _ in range(count)])
    while chain.proposal(1).status is DEPOSIT:
        chain.run_block()
    assert [chain.proposal(each + 1).status for each in range(count)] == [REJECTED] * EXPIRED_PER_BLOCK + [DEPOSIT] * 2
    assert (held(chain), chain.pool()) == (2 * 50 * E18, EXPIRED_PER_BLOCK * 50 * E18)
    late = v1.MsgDeposit(proposal_id=count, depositor=BOB.address, amount=aqos(50 * E18))
    refused(chain.act(BOB, late), errors.NotInDepositPeriod)
    assert chain.proposal(count).status is REJECTED
    assert (held(chain), chain.pool()) == (0, count * 50 * E18)


@pytest.mark.parametrize(
    ("votes", "outcome", "lost"),
    [
        ((), Outcome.OUTCOME_NO_QUORUM, 20),
        ((YES,), Outcome.OUTCOME_NO_QUORUM, 20),
        ((NO, NO, YES), Outcome.OUTCOME_REJECTED, 0),
        ((ABSTAIN, ABSTAIN), Outcome.OUTCOME_REJECTED, 0),
        ((VETO, VETO, YES, YES), Outcome.OUTCOME_VETOED, 100),
        ((YES, YES, NO), Outcome.OUTCOME_PASSED, 0),
    ],
)
def test_deposits_return_or_are_lost(
    chain: GovernedChain, votes: tuple[v1.VoteOption, ...], outcome: Outcome, lost: int
) -> None:
    """[G2] returns on pass or plain reject, loses 20 % without quorum, all if vetoed."""
    number = chain.propose(deposit=100)
    for validator, option in zip(VALIDATORS, votes, strict=False):
        chain.vote(number, option, validator)
    assert chain.run_until_counted(number).outcome is outcome
    assert (held(chain), chain.pool()) == (0, lost * E18)


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
        refused(chain.act(nobody, vote), errors.NoBond)
    chain.vote(number, YES, CAROL)


def _delegate(who: Address, amount: int) -> Record:
    return delegation(who, VALIDATORS[0].address, amount)


def test_votes_before_after_and_on_nothing_are_refused(chain: GovernedChain) -> None:
    chain.bond(BOB, 5)
    chain.done(ALICE, proposal_of(ALICE.address, (), 50 * E18))
    vote = v1.MsgVote(proposal_id=1, voter=BOB.address, option=YES)
    refused(chain.act(BOB, vote), errors.NotInVoting)
    refused(chain.act(BOB, replace(vote, proposal_id=9)), errors.UnknownProposal)
    number = chain.propose(deposit=100)
    refused(chain.act(BOB, replace(vote, proposal_id=number, option=v1.VoteOption(0))), errors.BadVote)
    chain.run_until_counted(number)
    refused(chain.act(BOB, replace(vote, proposal_id=number)), errors.NotInVoting)


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


def test_an_open_proposal_survives_export_and_import(chain: GovernedChain) -> None:
    chain.bond(BOB, 3)
    number = chain.propose(deposit=100)
    chain.propose(NEW_FEES, deposit=150)
    chain.vote(number, YES, BOB, VALIDATORS[1])
    exported = chain.machine.export_genesis()
    document = governed_genesis() | {"app_state": exported, "initial_height": str(chain.height + 1)}
    document["validators"][0]["power"] = "13"
    again = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    again.init_chain(json.dumps(document).encode())
    again.finalize_block(BlockRequest(block=chain.next_block(), txs=()))
    again.commit()
    again.check_invariants()
    chain.run_block()
    assert again.export_genesis()["gov"] == chain.machine.export_genesis()["gov"]
    asked = codec.encode(v1.QueryTallyResultRequest(proposal_id=number))
    answer = again.query("/cosmos.gov.v1.Query/TallyResult", asked, 0, prove=False)
    tally = codec.decode(v1.QueryTallyResultResponse, answer.value).tally
    assert tally == v1.TallyResult(yes_count=13 * E18)
