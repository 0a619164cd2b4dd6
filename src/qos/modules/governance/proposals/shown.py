"""Proposals, votes, deposits and parameters as the Cosmos services show them."""

from qos.base.amounts import E18
from qos.base.identifiers import BASE_DENOM, Address
from qos.modules.governance.proposals import ballots
from qos.modules.governance.proposals.formulas import ZERO
from qos.proto import codec
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_gov_v1 import Counts, Params, Proposal, Vote

NONE = ballots.write_decimal(0)


def coins(amount: int) -> tuple[Coin, ...]:
    """Return an amount of aqos as a list of coins."""
    return (Coin(denom=BASE_DENOM, amount=amount),) if amount else ()


def tally(counts: Counts) -> v1.TallyResult:
    """Return counts as v1 shows them."""
    return v1.TallyResult(
        yes_count=counts.yes,
        abstain_count=counts.abstain,
        no_count=counts.no,
        no_with_veto_count=counts.no_with_veto,
    )


def tally_older(counts: Counts) -> v1beta1.TallyResult:
    """Return counts as v1beta1 shows them."""
    return v1beta1.TallyResult(yes=counts.yes, abstain=counts.abstain, no=counts.no, no_with_veto=counts.no_with_veto)


def proposal(found: Proposal) -> v1.Proposal:
    """Return a proposal as v1 shows it."""
    return v1.Proposal(
        id=found.id,
        messages=found.messages,
        status=found.status,
        final_tally_result=tally(found.tally or ZERO),
        submit_time=found.submit_time,
        deposit_end_time=found.deposit_end,
        total_deposit=coins(found.deposit),
        voting_start_time=found.voting_start,
        voting_end_time=found.voting_end,
        metadata=found.metadata,
        title=found.title,
        summary=found.summary,
        proposer=found.proposer,
        failed_reason=found.failed_reason,
    )


def proposal_older(found: Proposal) -> v1beta1.Proposal:
    """Return a proposal as v1beta1 shows it: title and text."""
    return v1beta1.Proposal(
        proposal_id=found.id,
        content=codec.pack(v1beta1.TextProposal(title=found.title, description=found.summary)),
        status=v1beta1.ProposalStatus(found.status),
        final_tally_result=tally_older(found.tally or ZERO),
        submit_time=found.submit_time,
        deposit_end_time=found.deposit_end,
        total_deposit=coins(found.deposit),
        voting_start_time=found.voting_start,
        voting_end_time=found.voting_end,
    )


def vote(found: Vote) -> v1.Vote:
    """Return a vote as v1 shows it."""
    options = [
        v1.WeightedVoteOption(option=option, weight=ballots.write_decimal(part))
        for option, part in ballots.parts_of(found.weights)
    ]
    return v1.Vote(proposal_id=found.proposal_id, voter=found.voter, options=tuple(options), metadata=found.metadata)


def vote_older(found: Vote) -> v1beta1.Vote:
    """Return a vote as v1beta1 shows it."""
    parts = [(v1beta1.VoteOption(option), part) for option, part in ballots.parts_of(found.weights)]
    return v1beta1.Vote(
        proposal_id=found.proposal_id,
        voter=found.voter,
        option=parts[0][0] if len(parts) == 1 else v1beta1.VoteOption.VOTE_OPTION_UNSPECIFIED,
        options=tuple([v1beta1.WeightedVoteOption(option=option, weight=part) for option, part in parts]),
    )


def deposit(number: int, depositor: Address, amount: int) -> v1.Deposit:
    """Return a deposit as v1 shows it."""
    return v1.Deposit(proposal_id=number, depositor=depositor, amount=coins(amount))


def deposit_older(number: int, depositor: Address, amount: int) -> v1beta1.Deposit:
    """Return a deposit as v1beta1 shows it."""
    return v1beta1.Deposit(proposal_id=number, depositor=depositor, amount=coins(amount))


def params(found: Params) -> v1.Params:
    """Return the parameters of the normal level as v1 shows them."""
    normal = found.normal
    return v1.Params(
        min_deposit=coins(normal.deposit),
        max_deposit_period=found.deposit_period,
        voting_period=normal.voting_period,
        quorum=ballots.write_decimal(normal.quorum),
        threshold=ballots.write_decimal(normal.threshold),
        veto_threshold=ballots.write_decimal(normal.veto),
        min_initial_deposit_ratio=ballots.write_decimal(found.proposer_share),
        proposal_cancel_ratio=NONE,
        expedited_threshold=NONE,
        burn_vote_quorum=found.lost_without_quorum == E18,
        min_deposit_ratio=ballots.write_decimal(found.depositor_share),
    )
