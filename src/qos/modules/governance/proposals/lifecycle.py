"""The life of a proposal: submitted, paid for, voted on, counted, done."""

from dataclasses import replace

from qos.base.amounts import E18
from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.machine.authority import GOVERNANCE, execute
from qos.machine.context import Context
from qos.modules.governance.proposals import deposits, formulas, levels, params, votes
from qos.modules.governance.proposals.errors import BadProposal, DepositTooSmall, NotInDepositPeriod, UnknownProposal
from qos.modules.governance.proposals.levels import KnownMessages
from qos.modules.governance.proposals.state import (
    COUNTED,
    ENDING,
    LAST_ID,
    PROPOSALS,
    READY,
    VOTING,
    WAITING,
)
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import Level, Outcome, Proposal
from qos.store.access import Reads

MAX_TITLE = 200
MAX_TEXT_BYTES = 10 * 1024
MAX_REASON = 500
EXPIRED_PER_BLOCK = 5
"""With the one that is counted, deposits of 606 people return in a block at most."""
FORGOTTEN_PER_BLOCK = 200
"""Votes and sums erased in one block: about 30 ms."""

ENDED = {
    Outcome.OUTCOME_PASSED: ProposalStatus.PROPOSAL_STATUS_PASSED,
    Outcome.OUTCOME_FAILED: ProposalStatus.PROPOSAL_STATUS_FAILED,
    Outcome.OUTCOME_REJECTED: ProposalStatus.PROPOSAL_STATUS_REJECTED,
    Outcome.OUTCOME_NO_QUORUM: ProposalStatus.PROPOSAL_STATUS_REJECTED,
    Outcome.OUTCOME_VETOED: ProposalStatus.PROPOSAL_STATUS_REJECTED,
}


def require(ctx: Reads, number: int) -> Proposal:
    """Return a proposal. Raises: UnknownProposal."""
    return PROPOSALS.require(ctx, number, UnknownProposal)


def submit(ctx: Context, draft: Proposal, initial: int, known: KnownMessages) -> int:
    """Put a proposal forward with its first deposit, in aqos; returns its number.

    `draft` holds proposer, title, summary, metadata and messages. Raises: BadProposal, MessageNotAllowed,
    DepositTooSmall, InsufficientFunds, as `authority.resolve`, and what the messages refuse that are tried.
    """
    _check_text(draft)
    level = levels.level_of(ctx, draft.messages, known)
    found = params.require(ctx)
    needed = params.of_level(found, level).deposit
    least = formulas.least_of(needed, found.proposer_share)
    if initial < least:
        raise DepositTooSmall(initial, least, needed)
    levels.rehearse(ctx, draft.messages, known, found.execution_gas)
    number = (LAST_ID.get(ctx) or 0) + 1
    LAST_ID.set(ctx, number)
    now_ns = ctx.block.time_ns
    proposal = replace(
        draft,
        id=number,
        level=level,
        status=ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD,
        submit_time=now_ns,
        deposit_end=now_ns + found.deposit_period,
    )
    queue(ctx, proposal)
    listed = ",".join([message.type_url for message in draft.messages])
    told = ("proposal_id", str(number)), ("proposal_messages", listed), ("level", _word(level.name))
    ctx.emit("submit_proposal", told, unindexed=("proposal_messages", "level"))
    _pay(ctx, proposal, draft.proposer, initial, needed)
    return number


def _check_text(draft: Proposal) -> None:
    if not draft.title.strip() or len(draft.title) > MAX_TITLE:
        raise BadProposal(f"a proposal has a title of 1 to {MAX_TITLE} characters")
    if not draft.summary.strip() and not draft.messages:
        raise BadProposal("a proposal without messages needs a text: give a summary")
    if sum([len(text.encode()) for text in (draft.title, draft.summary, draft.metadata)]) > MAX_TEXT_BYTES:
        raise BadProposal(f"title, summary and metadata have more than {MAX_TEXT_BYTES} bytes: put the text elsewhere")


def deposit(ctx: Context, number: int, depositor: Address, amount: int) -> None:
    """Add to the deposit of a proposal.

    Raises: UnknownProposal, NotInDepositPeriod, DepositTooSmall, InsufficientFunds.
    """
    proposal = require(ctx, number)
    found = params.require(ctx)
    needed = params.of_level(found, proposal.level).deposit
    missing = needed - proposal.deposit
    waits = proposal.status is ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD and not proposal.ready
    if not waits or ctx.block.time_ns > proposal.deposit_end:
        raise NotInDepositPeriod(f"proposal {number} takes no deposits any more")
    least = min(formulas.least_of(needed, found.depositor_share), missing)
    if amount < least:
        raise DepositTooSmall(amount, least, missing)
    _pay(ctx, proposal, depositor, amount, needed)


def _pay(ctx: Context, proposal: Proposal, depositor: Address, amount: int, needed: int) -> None:
    deposits.hold(ctx, proposal.id, depositor, amount)
    total = proposal.deposit + amount
    paid = replace(proposal, deposit=total, ready=total >= needed)
    PROPOSALS.set(ctx, paid.id, paid)
    told = ("depositor", format_address(depositor)), ("amount", f"{amount}{BASE_DENOM}"), ("proposal_id", str(paid.id))
    ctx.emit("proposal_deposit", told, unindexed=("amount",))
    if paid.ready:
        WAITING.delete(ctx, (paid.deposit_end, paid.id))
        queue(ctx, paid)


def queue(ctx: Context, proposal: Proposal) -> None:
    """Put a proposal that is not voted on yet where it waits: for its deposit, or for a place."""
    if proposal.ready:
        READY.add(ctx, (_rank(proposal.level), proposal.id))
    else:
        WAITING.add(ctx, (proposal.deposit_end, proposal.id))


def _rank(level: Level) -> int:
    return Level.LEVEL_CRITICAL - level


def end_block(ctx: Context) -> None:
    """Drop what was not paid for, count at most one proposal, let the next ones be voted on, forget old votes (V8)."""
    now_ns = ctx.block.time_ns
    for ends, number in tuple(WAITING.keys(ctx, limit=EXPIRED_PER_BLOCK)):
        if ends < now_ns:
            _expire(ctx, ends, number)
    for ends, number in tuple(ENDING.keys(ctx, limit=1)):
        if ends <= now_ns:
            _close(ctx, ends, number)
    _open(ctx)
    for number in tuple(COUNTED.keys(ctx, limit=1)):
        if votes.forget(ctx, number, FORGOTTEN_PER_BLOCK) < FORGOTTEN_PER_BLOCK:
            COUNTED.delete(ctx, number)


def _expire(ctx: Context, ends: int, number: int) -> None:
    WAITING.delete(ctx, (ends, number))
    proposal = require(ctx, number)
    deposits.release(ctx, number, E18)
    PROPOSALS.set(ctx, number, replace(proposal, status=ProposalStatus.PROPOSAL_STATUS_REJECTED))
    told = ("proposal_id", str(number)), ("proposal_result", "proposal_dropped")
    ctx.emit("inactive_proposal", told, unindexed=("proposal_result",))


def _open(ctx: Context) -> None:
    ready = tuple(READY.keys(ctx, limit=params.MAX_VOTING))
    if not ready:
        return
    found = params.require(ctx)
    free = found.max_voting - len(tuple(VOTING.keys(ctx)))
    for rank, number in ready[: max(free, 0)]:
        READY.delete(ctx, (rank, number))
        proposal = require(ctx, number)
        ends = ctx.block.time_ns + params.of_level(found, proposal.level).voting_period
        status = ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD
        opened = replace(proposal, status=status, ready=False, voting_start=ctx.block.time_ns, voting_end=ends)
        PROPOSALS.set(ctx, number, opened)
        VOTING.add(ctx, number)
        ENDING.add(ctx, (ends, number))
        ctx.emit("voting_begins", (("proposal_id", str(number)),))


def _close(ctx: Context, ends: int, number: int) -> None:
    """Count a proposal, run what passed, settle the deposits."""
    proposal, found = require(ctx, number), params.require(ctx)
    tally, electorate = votes.count(ctx, number)
    ENDING.delete(ctx, (ends, number))
    VOTING.delete(ctx, number)
    COUNTED.add(ctx, number)
    outcome = formulas.decide(tally, electorate, params.of_level(found, proposal.level))
    lost = {Outcome.OUTCOME_NO_QUORUM: found.lost_without_quorum, Outcome.OUTCOME_VETOED: E18}
    deposits.release(ctx, number, lost.get(outcome, 0))
    reason = ""
    if outcome is Outcome.OUTCOME_PASSED:
        reason = _run(ctx, proposal.messages, found.execution_gas)
        outcome = Outcome.OUTCOME_FAILED if reason else outcome
    ended = replace(
        proposal, status=ENDED[outcome], outcome=outcome, tally=tally, electorate=electorate, failed_reason=reason
    )
    PROPOSALS.set(ctx, number, ended)
    told = (
        ("proposal_id", str(number)),
        ("proposal_result", f"proposal_{_word(ENDED[outcome].name)}"),
        ("outcome", _word(outcome.name)),
    )
    ctx.emit("active_proposal", told, unindexed=("proposal_result", "outcome"))


def _run(ctx: Context, messages: tuple[AnyRecord, ...], gas_limit: int) -> str:
    """Run what was decided; returns why it could not be done, or an empty text (G3)."""
    violation = execute(ctx, messages, GOVERNANCE, gas_limit).violation
    if violation is None:
        return ""
    return f"{violation.codespace} {violation.number}: {violation}"[:MAX_REASON]


def _word(name: str) -> str:
    """Return the last part of a member's name, as events tell it."""
    for prefix in ("PROPOSAL_STATUS_", "OUTCOME_", "LEVEL_"):
        name = name.removeprefix(prefix)
    return name.lower()
