"""A proposal's life: deposit, voting, count, what happens to deposits and what is run (G1-G3)."""

import json
from dataclasses import replace

import pytest

from qos.base.amounts import E18
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockRequest
from qos.machine.authority import GOVERNANCE
from qos.machine.machine import Machine
from qos.modules.economics.fees import operations as fees
from qos.modules.governance.proposals import errors
from qos.modules.governance.proposals.lifecycle import EXPIRED_PER_BLOCK, FORGOTTEN_PER_BLOCK
from qos.modules.governance.proposals.params import LEAST_SHARE
from qos.proto import codec
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import qos_gov_v1
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgSoftwareUpgrade, Plan
from qos.proto.records.qos_gov_v1 import Level, Outcome
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, BOB, expect
from qos.testing.governance import (
    ABSTAIN,
    DEPOSIT,
    FEES,
    NEW_FEES,
    NO,
    PASSED,
    REJECTED,
    SHORT,
    VALIDATORS,
    VETO,
    VOTING,
    YES,
    GovernedChain,
    governed_genesis,
    proposal_of,
)
from qos.testing.transactions import aqos, send


@pytest.fixture(name="chain")
def _chain() -> GovernedChain:
    return GovernedChain()


def test_a_text_passes_and_the_deposit_returns(chain: GovernedChain) -> None:
    before = chain.balance(BOB.address)
    chain.done(ALICE, proposal_of(ALICE.address, (), 40 * E18))
    chain.done(BOB, v1.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(60 * E18)))
    assert (chain.held(), chain.proposal(1).status) == (100 * E18, VOTING)
    chain.vote(1, YES, *VALIDATORS)
    ended = chain.run_until_counted(1)
    assert (ended.status, ended.level, ended.outcome) == (PASSED, Level.LEVEL_NORMAL, Outcome.OUTCOME_PASSED)
    assert ended.tally == qos_gov_v1.Counts(yes=40 * E18)
    assert chain.held() == chain.pool() == 0
    assert before - chain.balance(BOB.address) < E18  # the fee


def test_parameters_change_when_a_proposal_passes(chain: GovernedChain) -> None:
    ended = chain.decide(NEW_FEES)
    assert (ended.status, ended.level) == (PASSED, Level.LEVEL_IMPORTANT)
    assert fees.params(chain.state()) == FEES


def test_a_failing_execution_changes_nothing_and_is_recorded(chain: GovernedChain) -> None:
    """[G3]"""
    before = fees.params(chain.state())
    spend = send(GOVERNANCE, BOB.address, 1)  # the governance account holds nothing
    ended = chain.decide(NEW_FEES, spend)
    assert (ended.status, ended.outcome) == (v1.ProposalStatus.PROPOSAL_STATUS_FAILED, Outcome.OUTCOME_FAILED)
    assert "insufficient funds" in ended.failed_reason
    assert ended.failed_reason.startswith("sdk 5: ")
    assert fees.params(chain.state()) == before
    assert chain.held() == 0


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


def test_a_proposal_nobody_pays_for_loses_its_deposit(chain: GovernedChain) -> None:
    """[G2]"""
    chain.done(ALICE, proposal_of(ALICE.address, (), 50 * E18))
    ended = chain.run_until_counted(1)
    assert (ended.status, ended.outcome) == (REJECTED, Outcome.OUTCOME_UNSPECIFIED)
    assert (chain.held(), chain.pool()) == (0, 50 * E18)
    deposit = v1.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(50 * E18))
    expect(chain.act(BOB, deposit), errors.NotInDepositPeriod)


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
    assert (chain.held(), chain.pool()) == (2 * 50 * E18, EXPIRED_PER_BLOCK * 50 * E18)
    late = v1.MsgDeposit(proposal_id=count, depositor=BOB.address, amount=aqos(50 * E18))
    expect(chain.act(BOB, late), errors.NotInDepositPeriod)
    assert chain.proposal(count).status is REJECTED
    assert (chain.held(), chain.pool()) == (0, count * 50 * E18)


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
    assert (chain.held(), chain.pool()) == (0, lost * E18)


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
