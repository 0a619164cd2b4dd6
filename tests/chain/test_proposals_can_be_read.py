"""What clients read of governance: both Cosmos services and our own (client surface 2, 4)."""

from dataclasses import replace

import pytest

from qos.base.amounts import E18
from qos.machine.authority import GOVERNANCE
from qos.machine.errors import InvalidRequest, KeyNotFound
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records import qos_gov_v1
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgCancelUpgrade
from qos.proto.records.qos_gov_v1 import Level, Outcome
from qos.testing.chain import ALICE, BOB
from qos.testing.governance import NO, SHORT, VALIDATORS, YES, GovernedChain, proposal_of

CANCEL = MsgCancelUpgrade(authority=GOVERNANCE)
NEW, OLD, OWN = "/cosmos.gov.v1.Query/", "/cosmos.gov.v1beta1.Query/", "/qos.gov.v1.Query/"


@pytest.fixture(name="chain", scope="module")
def _chain() -> GovernedChain:
    """Proposal 1 in voting with two votes, 2 waits for its deposit, 3 was passed."""
    chain = GovernedChain()
    third = chain.propose(deposit=100)
    chain.vote(third, YES, *VALIDATORS)
    chain.run_until_counted(third)
    first = chain.propose(deposit=100)
    chain.vote(first, YES, VALIDATORS[0])
    half = (v1.WeightedVoteOption(option=YES, weight="0.25"), v1.WeightedVoteOption(option=NO, weight="0.75"))
    voter = VALIDATORS[1]
    chain.done(voter, v1.MsgVoteWeighted(proposal_id=first, voter=voter.address, options=half))
    chain.done(BOB, proposal_of(BOB.address, (CANCEL,), 150 * E18))
    return chain


def test_a_proposal_is_shown_with_its_messages(chain: GovernedChain) -> None:
    found = chain.query(NEW + "Proposal", v1.QueryProposalRequest(proposal_id=3), v1.QueryProposalResponse).proposal
    assert found is not None
    assert found.messages == (codec.pack(CANCEL),)
    assert (found.title, found.proposer, found.voting_end_time) == ("A change", BOB.address, None)
    assert [coin.amount for coin in found.total_deposit] == [150 * E18]


def test_an_older_client_sees_title_and_text(chain: GovernedChain) -> None:
    asked = v1beta1.QueryProposalRequest(proposal_id=3)
    found = chain.query(OLD + "Proposal", asked, v1beta1.QueryProposalResponse).proposal
    assert found is not None
    assert found.content == codec.pack(v1beta1.TextProposal(title="A change", description="Why it is good"))


@pytest.mark.parametrize(
    ("request_", "ids"),
    [
        (v1.QueryProposalsRequest(), [1, 2, 3]),
        (v1.QueryProposalsRequest(proposal_status=v1.ProposalStatus.PROPOSAL_STATUS_PASSED), [1]),
        (v1.QueryProposalsRequest(proposal_status=v1.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD), [2]),
        (v1.QueryProposalsRequest(voter=VALIDATORS[0].address), [2]),
        (v1.QueryProposalsRequest(depositor=BOB.address), [3]),
        (v1.QueryProposalsRequest(depositor=ALICE.address, voter=BOB.address), []),
        (v1.QueryProposalsRequest(pagination=PageRequest(limit=2, reverse=True)), [3, 2]),
        (v1.QueryProposalsRequest(depositor=BOB.address, pagination=PageRequest(offset=1)), []),
    ],
)
def test_proposals_are_listed_and_chosen(
    chain: GovernedChain, request_: v1.QueryProposalsRequest, ids: list[int]
) -> None:
    found = chain.query(NEW + "Proposals", request_, v1.QueryProposalsResponse)
    assert [each.id for each in found.proposals] == ids
    older = v1beta1.QueryProposalsRequest(
        proposal_status=v1beta1.ProposalStatus(request_.proposal_status),
        voter=request_.voter,
        depositor=request_.depositor,
        pagination=request_.pagination,
    )
    shown = chain.query(OLD + "Proposals", older, v1beta1.QueryProposalsResponse)
    assert [each.proposal_id for each in shown.proposals] == ids


def test_chosen_proposals_come_in_pages() -> None:
    chain = GovernedChain()
    for _ in range(3):
        chain.propose(deposit=50)
    wanted = v1.QueryProposalsRequest(depositor=ALICE.address, pagination=PageRequest(limit=2))
    first = chain.query(NEW + "Proposals", wanted, v1.QueryProposalsResponse)
    assert [each.id for each in first.proposals] == [1, 2]
    assert first.pagination is not None
    following = replace(wanted, pagination=PageRequest(key=first.pagination.next_key))
    second = chain.query(NEW + "Proposals", following, v1.QueryProposalsResponse)
    assert [each.id for each in second.proposals] == [3]
    assert second.pagination is not None
    assert not second.pagination.next_key
    for bad in (PageRequest(key=b"x"), PageRequest(offset=10_001)):
        assert chain.ask(NEW + "Proposals", replace(wanted, pagination=bad)).code == InvalidRequest.code.number


def test_votes_are_shown_in_both_forms(chain: GovernedChain) -> None:
    votes = chain.query(NEW + "Votes", v1.QueryVotesRequest(proposal_id=2), v1.QueryVotesResponse).votes
    weights = {vote.voter: [(each.option, each.weight) for each in vote.options] for vote in votes}
    assert weights[VALIDATORS[0].address] == [(YES, "1.000000000000000000")]
    assert weights[VALIDATORS[1].address] == [(YES, "0.250000000000000000"), (NO, "0.750000000000000000")]
    asked = v1beta1.QueryVoteRequest(proposal_id=2, voter=VALIDATORS[0].address)
    older = chain.query(OLD + "Vote", asked, v1beta1.QueryVoteResponse).vote
    assert older is not None
    assert (older.option, [each.weight for each in older.options]) == (1, [E18])
    split = replace(asked, voter=VALIDATORS[1].address)
    both = chain.query(OLD + "Vote", split, v1beta1.QueryVoteResponse).vote
    assert both is not None
    assert (both.option, len(both.options)) == (0, 2)
    listed = chain.query(OLD + "Votes", v1beta1.QueryVotesRequest(proposal_id=2), v1beta1.QueryVotesResponse)
    assert len(listed.votes) == 2


def test_deposits_are_shown_while_they_are_held(chain: GovernedChain) -> None:
    asked = v1.QueryDepositRequest(proposal_id=3, depositor=BOB.address)
    found = chain.query(NEW + "Deposit", asked, v1.QueryDepositResponse).deposit
    assert found is not None
    assert found.amount[0].amount == 150 * E18
    older = v1beta1.QueryDepositRequest(proposal_id=3, depositor=BOB.address)
    assert chain.query(OLD + "Deposit", older, v1beta1.QueryDepositResponse).deposit is not None
    for path, request in (
        (NEW, v1.QueryDepositsRequest(proposal_id=3)),
        (OLD, v1beta1.QueryDepositsRequest(proposal_id=3)),
    ):
        assert chain.ask(path + "Deposits", request).value
    gone = v1.QueryDepositsRequest(proposal_id=1)
    assert not chain.query(NEW + "Deposits", gone, v1.QueryDepositsResponse).deposits


def test_the_tally_runs_and_then_stands(chain: GovernedChain) -> None:
    asked = v1.QueryTallyResultRequest(proposal_id=2)
    running = chain.query(NEW + "TallyResult", asked, v1.QueryTallyResultResponse).tally
    assert running == v1.TallyResult(yes_count=12 * E18 + E18 // 2, no_count=7 * E18 + E18 // 2)
    ended = chain.query(
        OLD + "TallyResult", v1beta1.QueryTallyResultRequest(proposal_id=1), v1beta1.QueryTallyResultResponse
    )
    assert ended.tally == v1beta1.TallyResult(yes=40 * E18)


def test_parameters_are_those_of_the_normal_level(chain: GovernedChain) -> None:
    found = chain.query(NEW + "Params", v1.QueryParamsRequest(params_type="voting"), v1.QueryParamsResponse)
    assert found.params is not None
    assert found.tally_params == v1.TallyParams(
        quorum="0.334000000000000000", threshold="0.500000000000000000", veto_threshold="0.334000000000000000"
    )
    assert found.params.voting_period == SHORT.normal.voting_period
    tallying = v1beta1.QueryParamsRequest(params_type="tallying")
    older = chain.query(OLD + "Params", tallying, v1beta1.QueryParamsResponse)
    assert older.tally_params is not None
    assert older.tally_params.quorum == b"334000000000000000"
    for kind in ("voting", "deposit"):
        assert chain.ask(OLD + "Params", replace(tallying, params_type=kind)).code == 0
    assert chain.ask(OLD + "Params", replace(tallying, params_type="all")).code == InvalidRequest.code.number


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        (NEW + "Proposal", v1.QueryProposalRequest(proposal_id=9)),
        (OLD + "Proposal", v1beta1.QueryProposalRequest(proposal_id=9)),
        (NEW + "Vote", v1.QueryVoteRequest(proposal_id=2, voter=BOB.address)),
        (NEW + "Deposit", v1.QueryDepositRequest(proposal_id=2, depositor=BOB.address)),
        (NEW + "TallyResult", v1.QueryTallyResultRequest(proposal_id=9)),
        (OWN + "Standing", qos_gov_v1.QueryStandingRequest(proposal_id=9)),
    ],
)
def test_what_is_not_there_is_not_found(chain: GovernedChain, path: str, request_: Record) -> None:
    assert chain.ask(path, request_).code == KeyNotFound.code.number


def test_a_standing_says_what_is_missing(chain: GovernedChain) -> None:
    found = chain.query(OWN + "Standings", qos_gov_v1.QueryStandingsRequest(), qos_gov_v1.QueryStandingsResponse)
    waiting, voting, passed = found.standings
    assert waiting.missing_deposit == 50 * E18
    assert "of deposit by" in waiting.next
    assert (voting.outcome, voting.missing_quorum) == (Outcome.OUTCOME_PASSED, 0)
    assert voting.electorate == 40 * E18
    assert "the quorum is reached" in voting.next
    assert (passed.outcome, passed.next) == (Outcome.OUTCOME_PASSED, "it passed")


def test_levels_name_the_messages_that_are_not_critical(chain: GovernedChain) -> None:
    found = chain.query(OWN + "Levels", qos_gov_v1.QueryLevelsRequest(), qos_gov_v1.QueryLevelsResponse)
    listed = {each.type_url: each.level for each in found.messages}
    assert found.params == SHORT
    assert listed["/qos.fees.v1.MsgUpdateParams"] is Level.LEVEL_IMPORTANT
    assert all(url in chain.machine.chain.messages for url in listed)
    assert not any(level is Level.LEVEL_CRITICAL and url.endswith("RegisterChain") for url, level in listed.items())
