"""Reading governance as `cosmos.gov.v1` has it."""

from qos.base.identifiers import Address, format_address
from qos.machine.context import ReadContext
from qos.machine.errors import KeyNotFound
from qos.machine.paging import page_of
from qos.modules.governance.proposals import params, shown, votes
from qos.modules.governance.proposals.choosing import Wanted, chosen
from qos.modules.governance.proposals.formulas import ZERO
from qos.modules.governance.proposals.state import DEPOSITS, PROPOSALS, VOTES
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import Counts, Proposal, Vote


def find(ctx: ReadContext, number: int) -> Proposal:
    """Return a proposal. Raises: KeyNotFound."""
    return PROPOSALS.require(ctx, number, lambda _: KeyNotFound(f"proposal {number} doesn't exist"))


def find_vote(ctx: ReadContext, number: int, voter: Address) -> Vote:
    """Return a vote. Raises: KeyNotFound."""
    return VOTES.require(
        ctx, (number, voter), lambda _: KeyNotFound(f"no vote of {format_address(voter)} on proposal {number}")
    )


def find_deposit(ctx: ReadContext, number: int, depositor: Address) -> int:
    """Return a deposit in aqos. Raises: KeyNotFound."""
    return DEPOSITS.require(
        ctx,
        (number, depositor),
        lambda _: KeyNotFound(f"no deposit of {format_address(depositor)} for proposal {number}"),
    )


def count(ctx: ReadContext, number: int) -> Counts:
    """Return the count of a proposal: as votes stand, final once it was closed. Raises: KeyNotFound."""
    found = find(ctx, number)
    if found.status is ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD:
        tally, _ = votes.count(ctx, number)
        return tally
    return found.tally or ZERO


def within(number: int) -> bytes:
    """Return how keys of one proposal's rows begin."""
    return number.to_bytes(8, "big")


def proposal(ctx: ReadContext, request: v1.QueryProposalRequest) -> v1.QueryProposalResponse:
    """Return one proposal. Raises: KeyNotFound."""
    return v1.QueryProposalResponse(proposal=shown.proposal(find(ctx, request.proposal_id)))


def proposals(ctx: ReadContext, request: v1.QueryProposalsRequest) -> v1.QueryProposalsResponse:
    """Return proposals in order of number. Raises: InvalidRequest."""
    wanted = Wanted(status=request.proposal_status, voter=request.voter, depositor=request.depositor)
    found, page = chosen(ctx, wanted, request.pagination)
    return v1.QueryProposalsResponse(proposals=tuple([shown.proposal(each) for each in found]), pagination=page)


def vote(ctx: ReadContext, request: v1.QueryVoteRequest) -> v1.QueryVoteResponse:
    """Return one vote. Raises: KeyNotFound."""
    return v1.QueryVoteResponse(vote=shown.vote(find_vote(ctx, request.proposal_id, request.voter)))


def list_votes(ctx: ReadContext, request: v1.QueryVotesRequest) -> v1.QueryVotesResponse:
    """Return the votes on a proposal. Raises: InvalidRequest."""
    page = page_of(ctx, VOTES, request.pagination, within(request.proposal_id))
    return v1.QueryVotesResponse(
        votes=tuple([shown.vote(found) for _, found in page.entries]), pagination=page.response
    )


def show_params(ctx: ReadContext, request: v1.QueryParamsRequest) -> v1.QueryParamsResponse:
    """Return the parameters of the normal level, whichever part is asked for."""
    del request
    found = shown.params(params.require(ctx))
    return v1.QueryParamsResponse(
        voting_params=v1.VotingParams(voting_period=found.voting_period),
        deposit_params=v1.DepositParams(min_deposit=found.min_deposit, max_deposit_period=found.max_deposit_period),
        tally_params=v1.TallyParams(
            quorum=found.quorum, threshold=found.threshold, veto_threshold=found.veto_threshold
        ),
        params=found,
    )


def deposit(ctx: ReadContext, request: v1.QueryDepositRequest) -> v1.QueryDepositResponse:
    """Return one deposit. Raises: KeyNotFound."""
    number, depositor = request.proposal_id, request.depositor
    amount = find_deposit(ctx, number, depositor)
    return v1.QueryDepositResponse(deposit=shown.deposit(number, depositor, amount))


def list_deposits(ctx: ReadContext, request: v1.QueryDepositsRequest) -> v1.QueryDepositsResponse:
    """Return the deposits for a proposal. Raises: InvalidRequest."""
    page = page_of(ctx, DEPOSITS, request.pagination, within(request.proposal_id))
    found = [shown.deposit(number, depositor, amount) for (number, depositor), amount in page.entries]
    return v1.QueryDepositsResponse(deposits=tuple(found), pagination=page.response)


def tally_result(ctx: ReadContext, request: v1.QueryTallyResultRequest) -> v1.QueryTallyResultResponse:
    """Return the count of a proposal. Raises: KeyNotFound."""
    return v1.QueryTallyResultResponse(tally=shown.tally(count(ctx, request.proposal_id)))
