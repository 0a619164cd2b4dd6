"""How a proposal stands: its count, what is missing, and what comes next, in words."""

from qos.base.blocktime import rfc3339
from qos.machine.context import ReadContext
from qos.modules.governance.proposals import formulas, params, votes
from qos.modules.governance.proposals.formulas import ZERO
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import LevelParams, Outcome, Proposal, Standing

_WORDS = {
    Outcome.OUTCOME_PASSED: "pass",
    Outcome.OUTCOME_REJECTED: "be rejected: too few of those who decide say yes",
    Outcome.OUTCOME_NO_QUORUM: "fail for want of votes",
    Outcome.OUTCOME_VETOED: "be vetoed",
}


def standing_of(ctx: ReadContext, proposal: Proposal) -> Standing:
    """Return how a proposal stands at this state."""
    level = params.of_level(params.require(ctx), proposal.level)
    if proposal.status is ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD:
        return _waiting(proposal, level)
    if proposal.status is ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD:
        return _voting(ctx, proposal, level)
    return Standing(
        proposal=proposal,
        tally=proposal.tally or ZERO,
        electorate=proposal.electorate,
        outcome=proposal.outcome,
        next=_ended(proposal),
    )


def _waiting(proposal: Proposal, level: LevelParams) -> Standing:
    missing = 0 if proposal.ready else max(level.deposit - proposal.deposit, 0)
    needs = f"{missing} aqos of deposit by {rfc3339(proposal.deposit_end)}, or all of it is lost"
    if proposal.ready:
        needs = "a free place among the proposals in voting"
    return Standing(proposal=proposal, tally=ZERO, missing_deposit=missing, next=needs)


def _voting(ctx: ReadContext, proposal: Proposal, level: LevelParams) -> Standing:
    tally, electorate = votes.count(ctx, proposal.id)
    missing = formulas.missing_to_quorum(tally, electorate, level)
    outcome = formulas.decide(tally, electorate, level)
    quorum = f"{missing} aqos more have to vote for the quorum; " if missing else "the quorum is reached; "
    ends = rfc3339(proposal.voting_end or 0)
    return Standing(
        proposal=proposal,
        tally=tally,
        electorate=electorate,
        missing_quorum=missing,
        outcome=outcome,
        next=f"{quorum}voting ends {ends}; as it stands it would {_WORDS[outcome]}",
    )


def _ended(proposal: Proposal) -> str:
    if proposal.failed_reason:
        return f"it was accepted and could not be done: {proposal.failed_reason}"
    said = {
        Outcome.OUTCOME_PASSED: "it passed",
        Outcome.OUTCOME_REJECTED: "it was rejected; deposits went back",
        Outcome.OUTCOME_NO_QUORUM: "too few voted; a part of the deposits was lost",
        Outcome.OUTCOME_VETOED: "it was vetoed; the deposits are lost",
    }
    return said.get(proposal.outcome, "its deposit was not completed in time and is lost")
