"""Messages of governance, in both forms Cosmos clients send and our own."""

from dataclasses import replace

from qos.base.identifiers import Address, format_address
from qos.machine.authority import require_governance
from qos.machine.context import Context
from qos.modules.governance.proposals import ballots, deposits, lifecycle, params, votes
from qos.modules.governance.proposals.errors import BadProposal, NotInVoting
from qos.modules.governance.proposals.levels import KnownMessages
from qos.modules.governance.proposals.state import PARAMS
from qos.proto import codec
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records import qos_gov_v1
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_gov_v1 import Counts, Proposal, Vote


def submit(ctx: Context, msg: v1.MsgSubmitProposal, known: KnownMessages) -> v1.MsgSubmitProposalResponse:
    """Propose a text or messages. Raises: BadProposal, BadDeposit, and as `lifecycle.submit`."""
    if msg.expedited:
        raise BadProposal("proposals are not expedited here: their messages decide how long they take")
    draft = replace(
        _draft(ctx, msg.proposer), title=msg.title, summary=msg.summary, metadata=msg.metadata, messages=msg.messages
    )
    initial = deposits.amount_of(msg.initial_deposit)
    return v1.MsgSubmitProposalResponse(proposal_id=lifecycle.submit(ctx, draft, initial, known))


def submit_text(ctx: Context, msg: v1beta1.MsgSubmitProposal) -> v1beta1.MsgSubmitProposalResponse:
    """Propose a text. Raises: BadProposal, BadDeposit, and as `lifecycle.submit`."""
    if msg.content.type_url != codec.type_url(v1beta1.TextProposal):
        raise BadProposal(
            f"{msg.content.type_url[:100]!r} is not supported: cosmos.gov.v1beta1 proposes a TextProposal, "
            "everything else is proposed by cosmos.gov.v1.MsgSubmitProposal"
        )
    text = codec.unpack(v1beta1.TextProposal, msg.content)
    draft = replace(_draft(ctx, msg.proposer), title=text.title, summary=text.description)
    initial = deposits.amount_of(msg.initial_deposit)
    return v1beta1.MsgSubmitProposalResponse(proposal_id=lifecycle.submit(ctx, draft, initial, {}))


def _draft(ctx: Context, proposer: Address) -> Proposal:
    now_ns = ctx.block.time_ns
    return Proposal(proposer=proposer, submit_time=now_ns, deposit_end=now_ns)


def vote(ctx: Context, msg: v1.MsgVote) -> v1.MsgVoteResponse:
    """Vote for one option. Raises: BadVote, and as `_vote`."""
    _vote(ctx, msg.proposal_id, msg.voter, ballots.single(msg.option), msg.metadata)
    return v1.MsgVoteResponse()


def vote_older(ctx: Context, msg: v1beta1.MsgVote) -> v1beta1.MsgVoteResponse:
    """Vote for one option. Raises: BadVote, and as `_vote`."""
    _vote(ctx, msg.proposal_id, msg.voter, ballots.single(msg.option))
    return v1beta1.MsgVoteResponse()


def vote_weighted(ctx: Context, msg: v1.MsgVoteWeighted) -> v1.MsgVoteWeightedResponse:
    """Vote with parts. Raises: BadVote, and as `_vote`."""
    parts = [(each.option, ballots.read_decimal(each.weight)) for each in msg.options]
    _vote(ctx, msg.proposal_id, msg.voter, ballots.weighted(parts), msg.metadata)
    return v1.MsgVoteWeightedResponse()


def vote_weighted_older(ctx: Context, msg: v1beta1.MsgVoteWeighted) -> v1beta1.MsgVoteWeightedResponse:
    """Vote with parts. Raises: BadVote, and as `_vote`."""
    parts = [(each.option, each.weight) for each in msg.options]
    _vote(ctx, msg.proposal_id, msg.voter, ballots.weighted(parts))
    return v1beta1.MsgVoteWeightedResponse()


def _vote(ctx: Context, number: int, voter: Address, weights: Counts, metadata: str = "") -> None:
    """Cast a vote. Raises: UnknownProposal, NotInVoting, NoBond."""
    proposal = lifecycle.require(ctx, number)
    ends = proposal.voting_end
    if proposal.status is not v1.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD or ends is None:
        raise NotInVoting(number, proposal.status)
    if ctx.block.time_ns >= ends:
        raise NotInVoting(number, v1.ProposalStatus.PROPOSAL_STATUS_UNSPECIFIED)
    votes.cast(ctx, Vote(proposal_id=number, voter=voter, weights=weights, metadata=metadata))
    told = ("voter", format_address(voter)), ("option", _said(weights)), ("proposal_id", str(number))
    ctx.emit("proposal_vote", told, unindexed=("option",))


def _said(weights: Counts) -> str:
    """Write a vote as clients read it in events: JSON, options by their numbers."""
    parts = [
        f'{{"option":{option:d},"weight":"{ballots.write_decimal(part)}"}}'
        for option, part in ballots.parts_of(weights)
    ]
    return f"[{','.join(parts)}]"


def deposit(ctx: Context, msg: v1.MsgDeposit) -> v1.MsgDepositResponse:
    """Add to a deposit. Raises: BadDeposit, and as `lifecycle.deposit`."""
    _deposit(ctx, msg.proposal_id, msg.depositor, msg.amount)
    return v1.MsgDepositResponse()


def deposit_older(ctx: Context, msg: v1beta1.MsgDeposit) -> v1beta1.MsgDepositResponse:
    """Add to a deposit. Raises: BadDeposit, and as `lifecycle.deposit`."""
    _deposit(ctx, msg.proposal_id, msg.depositor, msg.amount)
    return v1beta1.MsgDepositResponse()


def _deposit(ctx: Context, number: int, depositor: Address, coins: tuple[Coin, ...]) -> None:
    lifecycle.deposit(ctx, number, depositor, deposits.amount_of(coins))


def update_params(ctx: Context, msg: qos_gov_v1.MsgUpdateParams) -> qos_gov_v1.MsgUpdateParamsResponse:
    """Change the parameters, all of them. Raises: Unauthorized, BadParams."""
    require_governance(msg.authority)
    params.check(msg.params)
    PARAMS.set(ctx, msg.params)
    return qos_gov_v1.MsgUpdateParamsResponse()
