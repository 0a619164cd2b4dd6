"""Reading governance as `cosmos.gov.v1beta1` has it."""

from qos.machine.context import ReadContext
from qos.machine.errors import InvalidRequest
from qos.machine.paging import page_of
from qos.modules.governance.proposals import params, shown
from qos.modules.governance.proposals.choosing import Wanted, chosen
from qos.modules.governance.proposals.queries import count, find, find_deposit, find_vote, within
from qos.modules.governance.proposals.state import DEPOSITS, VOTES
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1


def proposal(ctx: ReadContext, request: v1beta1.QueryProposalRequest) -> v1beta1.QueryProposalResponse:
    """Return one proposal. Raises: KeyNotFound."""
    return v1beta1.QueryProposalResponse(proposal=shown.proposal_older(find(ctx, request.proposal_id)))


def proposals(ctx: ReadContext, request: v1beta1.QueryProposalsRequest) -> v1beta1.QueryProposalsResponse:
    """Return proposals in order of number. Raises: InvalidRequest."""
    wanted = Wanted(status=request.proposal_status, voter=request.voter, depositor=request.depositor)
    found, page = chosen(ctx, wanted, request.pagination)
    return v1beta1.QueryProposalsResponse(
        proposals=tuple([shown.proposal_older(each) for each in found]), pagination=page
    )


def vote(ctx: ReadContext, request: v1beta1.QueryVoteRequest) -> v1beta1.QueryVoteResponse:
    """Return one vote. Raises: KeyNotFound."""
    return v1beta1.QueryVoteResponse(vote=shown.vote_older(find_vote(ctx, request.proposal_id, request.voter)))


def list_votes(ctx: ReadContext, request: v1beta1.QueryVotesRequest) -> v1beta1.QueryVotesResponse:
    """Return the votes on a proposal. Raises: InvalidRequest."""
    page = page_of(ctx, VOTES, request.pagination, within(request.proposal_id))
    return v1beta1.QueryVotesResponse(
        votes=tuple([shown.vote_older(found) for _, found in page.entries]), pagination=page.response
    )


def show_params(ctx: ReadContext, request: v1beta1.QueryParamsRequest) -> v1beta1.QueryParamsResponse:
    """Return one part of the parameters of the normal level. Raises: InvalidRequest."""
    found = params.require(ctx)
    normal, asked = found.normal, request.params_type
    parts = {
        "voting": v1beta1.QueryParamsResponse(
            voting_params=v1beta1.VotingParams(voting_period=normal.voting_period),
        ),
        "deposit": v1beta1.QueryParamsResponse(
            deposit_params=v1beta1.DepositParams(
                min_deposit=shown.coins(normal.deposit), max_deposit_period=found.deposit_period
            ),
        ),
        "tallying": v1beta1.QueryParamsResponse(
            tally_params=v1beta1.TallyParams(
                quorum=b"%d" % normal.quorum, threshold=b"%d" % normal.threshold, veto_threshold=b"%d" % normal.veto
            ),
        ),
    }
    if asked not in parts:
        raise InvalidRequest(f"params_type is one of {', '.join(sorted(parts))}, not {asked[:40]!r}: invalid request")
    return parts[asked]


def deposit(ctx: ReadContext, request: v1beta1.QueryDepositRequest) -> v1beta1.QueryDepositResponse:
    """Return one deposit. Raises: KeyNotFound."""
    number, depositor = request.proposal_id, request.depositor
    amount = find_deposit(ctx, number, depositor)
    return v1beta1.QueryDepositResponse(deposit=shown.deposit_older(number, depositor, amount))


def list_deposits(ctx: ReadContext, request: v1beta1.QueryDepositsRequest) -> v1beta1.QueryDepositsResponse:
    """Return the deposits for a proposal. Raises: InvalidRequest."""
    page = page_of(ctx, DEPOSITS, request.pagination, within(request.proposal_id))
    found = [shown.deposit_older(number, depositor, amount) for (number, depositor), amount in page.entries]
    return v1beta1.QueryDepositsResponse(deposits=tuple(found), pagination=page.response)


def tally_result(ctx: ReadContext, request: v1beta1.QueryTallyResultRequest) -> v1beta1.QueryTallyResultResponse:
    """Return the count of a proposal. Raises: KeyNotFound."""
    return v1beta1.QueryTallyResultResponse(tally=shown.tally_older(count(ctx, request.proposal_id)))
