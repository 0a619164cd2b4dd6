"""What `qos proposals` does: read how proposals stand, and say it to people."""

import re
from collections.abc import Sequence

from qos.base.blocktime import SECOND_NS, rfc3339
from qos.base.identifiers import BASE_DENOM, format_address
from qos.base.strictjson import JsonValue
from qos.cli.amounts import format_coin
from qos.cli.options import Output
from qos.cli.output import lines, one_line, paired, show
from qos.cli.session import ask
from qos.client import node as calls
from qos.client.calls import Transport
from qos.client.queries import query
from qos.proto.decimals import shown
from qos.proto.json import to_json
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.proto.records.qos_gov_v1 import (
    Outcome,
    Proposal,
    QueryStandingRequest,
    QueryStandingResponse,
    QueryStandingsRequest,
    QueryStandingsResponse,
    Standing,
)

_PATH = "/qos.gov.v1.Query/"
_OPTIONS = ("yes", "abstain", "no", "no_with_veto")
_HEAD = ("number", "level", "status", "voted", "yes", "no", "veto", "abstain", "left")
_TITLE = 78
_AMOUNT = re.compile(r"([0-9]+) aqos", re.ASCII)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def show_proposals(url: str, limit: int, output: Output) -> None:
    """Show the newest proposals as a table. Raises: Refused, Unreachable."""
    page = PageRequest(limit=limit, reverse=True)
    found, now_ns = ask(url, lambda node: _standings(node, page))
    entries: list[JsonValue] = [to_json(each) for each in found]
    show({"proposals": entries}, output, listing(found, now_ns))


def listing(found: Sequence[Standing], now_ns: int) -> str:
    """Write proposals as a table, with the time that is left at a time."""
    rows = [_row(each, now_ns) for each in found]
    return paired(_HEAD, rows, [[_title(each.proposal)] for each in found]) if rows else "there are no proposals"


def _title(proposal: Proposal) -> str:
    title = one_line(proposal.title)
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


async def _standings(node: Transport, page: PageRequest) -> tuple[tuple[Standing, ...], int]:
    request = QueryStandingsRequest(pagination=page)
    answer = await node.send(query(_PATH + "Standings", request, QueryStandingsResponse))
    return answer.standings, (await node.send(calls.block(None))).time_ns


def show_proposal(url: str, number: int, output: Output) -> None:
    """Show one proposal, its messages and what it needs next. Raises: Refused, Unreachable."""
    request = QueryStandingRequest(proposal_id=number)
    found = ask(url, lambda node: node.send(query(_PATH + "Standing", request, QueryStandingResponse))).standing
    show(to_json(found), output, details(found))


def _row(found: Standing, now_ns: int) -> Sequence[object]:
    proposal, tally = found.proposal, found.tally
    voted = sum(getattr(tally, option) for option in _OPTIONS)
    shares = [_percent(getattr(tally, option), voted) for option in ("yes", "no", "no_with_veto", "abstain")]
    return (
        proposal.id,
        _word(proposal.level.name, "LEVEL_"),
        _status(proposal),
        _percent(voted, found.electorate),
        *shares,
        _left(proposal, now_ns),
    )


def _status(proposal: Proposal) -> str:
    if proposal.outcome:
        return _word(proposal.outcome.name, "OUTCOME_")
    return "waits for a place" if proposal.ready else _word(proposal.status.name, "PROPOSAL_STATUS_")


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower().replace("_", " ")


def _percent(part: int, whole: int) -> str:
    """Write a share with one digit behind the point, rounded down."""
    if not whole:
        return "-"
    tenths = part * 1_000 // whole
    return f"{tenths // 10}.{tenths % 10}%"


def _left(proposal: Proposal, now_ns: int) -> str:
    if proposal.status is ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD:
        ends = proposal.voting_end or 0
    elif proposal.status is ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD and not proposal.ready:
        ends = proposal.deposit_end
    else:
        return "-"
    seconds = max(ends - now_ns, 0) // SECOND_NS
    parts: list[str] = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])


def details(found: Standing) -> str:
    """Write one proposal, line by line, its text last."""
    proposal, tally = found.proposal, found.tally
    told = [
        f"proposal {proposal.id}: {one_line(proposal.title)}",
        f"level: {_word(proposal.level.name, 'LEVEL_')}",
        f"status: {_status(proposal)}",
        f"proposer: {format_address(proposal.proposer)}",
        f"deposit: {format_coin(BASE_DENOM, proposal.deposit)}",
        f"submitted: {rfc3339(proposal.submit_time)}",
    ]
    if proposal.voting_end is not None:
        told.append(f"voting ends: {rfc3339(proposal.voting_end)}")
    told += [f"{option.replace('_', ' ')}: {_qos(getattr(tally, option))}" for option in _OPTIONS]
    if found.electorate:
        told.append(f"bonded: {_qos(found.electorate)}")
    told += _messages(proposal)
    if proposal.outcome is not Outcome.OUTCOME_UNSPECIFIED:
        told.append(f"outcome: {_word(proposal.outcome.name, 'OUTCOME_')}")
    return "\n".join([*told, f"next: {_in_qos(found.next)}", "", proposal.summary])


def _messages(proposal: Proposal) -> list[str]:
    """Write what a proposal would do, each message with all that it says: people vote on that."""
    written: list[str] = []
    for message in shown(proposal.full_name, to_json(proposal))["messages"]:
        written.append(f"message: {message.pop('@type')}")
        written += lines(message, "  ")
    return written


def _qos(amount: int) -> str:
    return format_coin(BASE_DENOM, amount)


def _in_qos(sentence: str) -> str:
    """Write a sentence's amounts of aqos as people read them."""
    return _AMOUNT.sub(lambda found: _qos(int(found[1])), sentence)
