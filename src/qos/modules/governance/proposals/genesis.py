"""Governance in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.machine.authority import GOVERNANCE_NAME
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.bank.pools import COMMUNITY_POOL_NAME
from qos.modules.governance.proposals import deposits, lifecycle, params, votes
from qos.modules.governance.proposals.errors import BadParams
from qos.modules.governance.proposals.state import (
    COUNTED,
    DEPOSITS,
    ENDING,
    LAST_ID,
    PARAMS,
    PROPOSALS,
    READY,
    VOTES,
    VOTING,
    WAITING,
)
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import Deposit, GenesisState, Level, Proposal

DEPOSIT = ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD
VOTED_ON = ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD


def load(ctx: Context, state: GenesisState) -> None:
    """Import parameters, proposals, deposits and votes; sums are made of votes and bonds. Raises: BadGenesis."""
    found = state.params or params.DEFAULTS
    try:
        params.check(found)
    except BadParams as error:
        raise BadGenesis(str(error)) from None
    PARAMS.set(ctx, found)
    LAST_ID.set(ctx, state.last_id)
    accounts.ensure_module_account(ctx, GOVERNANCE_NAME)
    accounts.ensure_module_account(ctx, deposits.HOLDING_NAME)
    accounts.ensure_module_account(ctx, COMMUNITY_POOL_NAME)
    for proposal in state.proposals:
        if not 1 <= proposal.id <= state.last_id or PROPOSALS.has(ctx, proposal.id):
            raise BadGenesis(f"gov: proposal {proposal.id} is above last_id or stands twice")
        _load_proposal(ctx, proposal)
    for deposit in state.deposits:
        if deposit.amount <= 0 or not PROPOSALS.has(ctx, deposit.proposal_id):
            raise BadGenesis(f"gov: a deposit for proposal {deposit.proposal_id} is nothing, or for nothing")
        DEPOSITS.set(ctx, (deposit.proposal_id, deposit.depositor), deposit.amount)
    for vote in state.votes:
        if not VOTING.has(ctx, vote.proposal_id) or VOTES.has(ctx, (vote.proposal_id, vote.voter)):
            raise BadGenesis(f"gov: a vote on proposal {vote.proposal_id}, which is not in voting, or a second one")
        votes.restore(ctx, vote)


def _load_proposal(ctx: Context, proposal: Proposal) -> None:
    number = proposal.id
    if proposal.level is Level.LEVEL_UNSPECIFIED or not proposal.status:
        raise BadGenesis(f"gov: proposal {number} has no level or status")
    PROPOSALS.set(ctx, number, proposal)
    if proposal.status is VOTED_ON:
        if proposal.voting_end is None:
            raise BadGenesis(f"gov: proposal {number} is in voting without an end")
        VOTING.add(ctx, number)
        ENDING.add(ctx, (proposal.voting_end, number))
    elif proposal.status is DEPOSIT:
        lifecycle.queue(ctx, proposal)


def dump(ctx: ReadContext) -> GenesisState:
    """Export everything but sums and the votes that were counted."""
    kept = [vote for (number, _), vote in VOTES.items(ctx) if VOTING.has(ctx, number)]
    held = [
        Deposit(proposal_id=number, depositor=depositor, amount=amount)
        for (number, depositor), amount in DEPOSITS.items(ctx)
    ]
    return GenesisState(
        params=params.require(ctx),
        last_id=LAST_ID.get(ctx) or 0,
        proposals=tuple([proposal for _, proposal in PROPOSALS.items(ctx)]),
        deposits=tuple(held),
        votes=tuple(kept),
    )


def deposits_are_held(ctx: ReadContext) -> None:
    """The account of deposits holds what proposals owe, each as much as it says."""
    deposits.all_are_held(ctx)
    for number, proposal in PROPOSALS.items(ctx):
        held = sum([amount for _, amount in deposits.of(ctx, number)])
        owed = proposal.deposit if proposal.status in (DEPOSIT, VOTED_ON) else 0
        if held != owed:
            raise InvariantBroken(f"{held} aqos are held for proposal {number}, {owed} are owed")


def queues_agree(ctx: ReadContext) -> None:
    """Every open proposal stands in exactly the queues of its status."""
    found = {number: proposal.status for number, proposal in PROPOSALS.items(ctx)}
    waiting = [number for _, number in (*WAITING.keys(ctx), *READY.keys(ctx))]
    voting, ending = list(VOTING.keys(ctx)), [number for _, number in ENDING.keys(ctx)]
    if sorted(waiting) != [number for number, status in found.items() if status is DEPOSIT]:
        raise InvariantBroken("the queues of proposals without votes are wrong")
    if not voting == sorted(ending) == [number for number, status in found.items() if status is VOTED_ON]:
        raise InvariantBroken("the queues of proposals in voting are wrong")
    if len(voting) > params.MAX_VOTING or any(number in voting for number in COUNTED.keys(ctx)):
        raise InvariantBroken("too many proposals are in voting, or one that was counted")


def sums_are_those_of_votes(ctx: ReadContext) -> None:
    """The running sums of each proposal are what a recount of its votes gives."""
    for number in VOTING.keys(ctx):
        if not votes.sums_agree(ctx, number):
            raise InvariantBroken(f"the running sums of proposal {number} are not those of its votes")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
INVARIANTS = (deposits_are_held, queues_agree, sums_are_those_of_votes)
