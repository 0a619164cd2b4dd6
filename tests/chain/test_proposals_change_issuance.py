"""[I5] [G3] Inflation phases by whole proposals: submitted, voted, run, and what blocks mint from then on (WP 2.1)."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.machine.authority import GOVERNANCE
from qos.modules.economics.distribution.state import WITHDRAW
from qos.modules.economics.mint import operations as mint
from qos.modules.economics.mint.errors import InvalidPhases
from qos.proto.records.cosmos_distribution_v1beta1 import MsgSetWithdrawAddress
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import Level, Outcome
from qos.proto.records.qos_mint_v1 import QueryPhasesRequest, QueryPhasesResponse
from qos.testing.chain import ALICE, BOB
from qos.testing.governance import NO, VALIDATORS, YES, GovernedChain, governed_genesis, proposal_of
from qos.testing.reward_world import GENESIS_NS, PHASE_TOTAL, QOS, one_phase, planned

PASSED = ProposalStatus.PROPOSAL_STATUS_PASSED
END = GENESIS_NS + 1_000_000 * SECOND_NS
FAR = END + 400 * DAY_NS


MORE = planned((END, 2 * PHASE_TOTAL), (FAR, PHASE_TOTAL))


def totals(chain: GovernedChain) -> list[tuple[int, int]]:
    found = chain.query("/qos.mint.v1.Query/Phases", QueryPhasesRequest(), QueryPhasesResponse).phases
    return [(each.endtime, each.total_amount) for each in found]


def minted(chain: GovernedChain) -> int:
    """Return what the newest block minted, in aqos."""
    return mint.last_minted(chain.state())


@pytest.fixture(name="chain")
def _chain() -> GovernedChain:
    document: dict[str, Any] = governed_genesis()
    document["app_state"]["mint"] = one_phase()
    return GovernedChain(document)


def test_a_proposal_that_passes_changes_what_every_block_mints(chain: GovernedChain) -> None:
    number = chain.propose(MORE)
    chain.vote(number, YES, *VALIDATORS)
    before = minted(chain)
    while chain.proposal(number).outcome is Outcome.OUTCOME_UNSPECIFIED:
        assert abs(minted(chain) - before) < QOS // 20
        chain.run_block()
    ended = chain.proposal(number)
    assert (ended.status, ended.level) == (PASSED, Level.LEVEL_CRITICAL), ended.failed_reason
    assert totals(chain) == [(END, 2 * PHASE_TOTAL), (FAR, PHASE_TOTAL)]
    chain.run_block()
    assert 2 * before < minted(chain) < 2 * before + QOS // 5


def test_a_proposal_that_is_rejected_changes_nothing(chain: GovernedChain) -> None:
    number = chain.propose(MORE)
    chain.vote(number, NO, *VALIDATORS)
    assert chain.run_until_counted(number).outcome is Outcome.OUTCOME_REJECTED
    assert totals(chain) == [(END, PHASE_TOTAL)]


def test_phases_are_refused_when_they_are_submitted(chain: GovernedChain) -> None:
    """[I5] Too much, too soon, or by somebody else."""
    for bad in (planned((END, 10**28)), planned((END + DAY_NS, PHASE_TOTAL)), planned()):
        result = chain.act(ALICE, proposal_of(ALICE.address, (bad,), 300 * QOS))
        assert (result.codespace, result.code) == (InvalidPhases.code.codespace, InvalidPhases.code.number), result.log
    other = replace(MORE, authority=ALICE.address)
    assert chain.act(ALICE, proposal_of(ALICE.address, (other,), 300 * QOS)).code != 0


def test_phases_are_checked_again_when_they_run(chain: GovernedChain) -> None:
    """[I5] [G3] A new end that lay 30 days ahead when it was proposed does not any more once it is voted on."""
    soon = chain.next_block().time_ns + 30 * DAY_NS + 20 * SECOND_NS
    ended = chain.decide(planned((soon, PHASE_TOTAL)))
    assert ended.outcome is Outcome.OUTCOME_FAILED
    assert "30 days" in ended.failed_reason
    assert totals(chain) == [(END, PHASE_TOTAL)]


def test_of_two_proposals_the_later_is_judged_by_what_the_earlier_made(chain: GovernedChain) -> None:
    """[G3] What was planned from all the issuance that was left finds it taken."""
    rest = 10**28 - sum(amount for _, amount in totals(chain)) - 10**27
    first, second = (
        chain.propose(planned((END, PHASE_TOTAL), (FAR, rest))),
        chain.propose(planned((END, PHASE_TOTAL + rest))),
    )
    for number in (first, second):
        chain.vote(number, YES, *VALIDATORS)
    assert chain.run_until_counted(first).outcome is Outcome.OUTCOME_PASSED
    assert chain.run_until_counted(second).outcome is Outcome.OUTCOME_FAILED


def test_any_message_runs_as_the_governance_account(chain: GovernedChain) -> None:
    """Protocol 7: any module message; one that no list names is critical."""
    message = MsgSetWithdrawAddress(delegator_address=GOVERNANCE, withdraw_address=BOB.address)
    ended = chain.decide(message)
    assert (ended.status, ended.level) == (PASSED, Level.LEVEL_CRITICAL), ended.failed_reason
    assert WITHDRAW.get(chain.state(), GOVERNANCE) == BOB.address
