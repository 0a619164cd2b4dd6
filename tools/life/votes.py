"""What governance does in a life: it changes the phases of issuance, and plans the upgrade (G2, I5)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.machine.authority import GOVERNANCE
from qos.modules.economics.mint.phases import NOTICE_NS
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import cosmos_gov_v1 as gov
from qos.proto.records.cosmos_upgrade_v1beta1 import MsgSoftwareUpgrade, Plan
from qos.proto.records.qos_mint_v1 import MsgUpdatePhases, Phase, PlannedPhase, QueryPhasesRequest, QueryPhasesResponse
from qos.testing import second_build
from tools.chaos.nets import ChaosFailed
from tools.life.founding import quick_votes
from tools.life.people import coins, read, send
from tools.life.world import World, wait

DEPOSIT = 50_000 * E18
"""That of the highest level, so that it is enough whatever a message's level is."""

MOVED = 1_000_000 * E18
"""Taken from the first phase and minted in a new one behind the others."""

BLOCK_S = 1
"""Blocks come no quicker."""

SPARE_BLOCKS = 40
PROPOSER = "carol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Motions:
    """What was put to the vote, by number; the phases there were, and the height the upgrade is planned for."""

    phases: int
    before: tuple[Phase, ...]
    upgrade: int
    height: int


def put(world: World) -> Motions:
    """Propose both changes, and have all validators that sign say yes."""
    before = phases(world)
    first = _propose(world, "Other phases", _other_phases(before))
    rules = quick_votes(world.ratio)
    longest_s = (
        max(rules.normal.voting_period, rules.important.voting_period, rules.critical.voting_period) // SECOND_NS
    )
    # Counted from the shortest time between blocks: the vote is over when the height comes, however slow they are.
    height = world.height + longest_s // BLOCK_S + SPARE_BLOCKS
    plan = MsgSoftwareUpgrade(authority=GOVERNANCE, plan=Plan(name=second_build.NAME, height=height))
    second = _propose(world, "The second version", plan)
    world.saw("proposals", f"{first} changes the phases of issuance, {second} plans the upgrade at height {height}")
    for proposal in (first, second):
        _await_voting(world, proposal)
    return Motions(phases=first, before=before, upgrade=second, height=height)


def _await_voting(world: World, number: int) -> None:
    wait(lambda: _status(world, number) is gov.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD, f"the vote on {number}")


def vote(world: World, motions: Motions, owners: Sequence[int]) -> None:
    """Have owners of validators say yes to both, for all who bonded behind them."""
    for owner in owners:
        signer = world.people.signer(world.owner(owner))
        address = world.people.address(world.owner(owner))
        yes = [
            gov.MsgVote(proposal_id=number, voter=address, option=gov.VoteOption.VOTE_OPTION_YES)
            for number in (motions.phases, motions.upgrade)
        ]
        send(world.url, signer, *yes)
    world.saw("votes", f"{len(owners)} validators said yes to both")


def _propose(world: World, title: str, message: Record) -> int:
    proposal = gov.MsgSubmitProposal(
        messages=(codec.pack(message),),
        initial_deposit=(coins(DEPOSIT),),
        proposer=world.people.address(PROPOSER),
        title=title,
        summary="Tried in a life",
    )
    done = send(world.url, world.people.signer(PROPOSER), proposal)
    answers = [each for event in done.result.events for each in event.attributes if each.key == "proposal_id"]
    return int(answers[0].value)


def _other_phases(present: Sequence[Phase]) -> MsgUpdatePhases:
    planned = [PlannedPhase(endtime=each.endtime, total_amount=each.total_amount) for each in present]
    planned[0] = PlannedPhase(endtime=planned[0].endtime, total_amount=planned[0].total_amount - MOVED)
    behind = max(planned[-1].endtime, time.time_ns() + NOTICE_NS) + NOTICE_NS
    return MsgUpdatePhases(authority=GOVERNANCE, phases=(*planned, PlannedPhase(endtime=behind, total_amount=MOVED)))


def phases(world: World) -> tuple[Phase, ...]:
    """Return the phases of issuance as they are."""
    return read(world.url, "/qos.mint.v1.Query/Phases", QueryPhasesRequest(), QueryPhasesResponse).phases


def await_phases(world: World, motions: Motions) -> None:
    """Wait until the vote has changed the phases. Raises: ChaosFailed when it was not accepted."""
    accept(world, motions.phases)
    before, now = motions.before, phases(world)
    if (len(now), now[0].total_amount) != (len(before) + 1, before[0].total_amount - MOVED):
        raise ChaosFailed(f"the phases are not as decided: {now}")
    world.saw("phases changed", f"{MOVED // E18} QOS moved from the first of {len(before)} phases to an eighth")


def accept(world: World, number: int) -> None:
    """Wait for a vote's end. Raises: ChaosFailed when it was not accepted and made."""
    voting = (gov.ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD, gov.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD)
    wait(lambda: _status(world, number) not in voting, f"the end of the vote on {number}")
    found = _proposal(world, number)
    if found.status is not gov.ProposalStatus.PROPOSAL_STATUS_PASSED:
        raise ChaosFailed(f"proposal {number} ended as {found.status.name}: {found.failed_reason}")


def _proposal(world: World, number: int) -> gov.Proposal:
    asked = gov.QueryProposalRequest(proposal_id=number)
    found = read(world.url, "/cosmos.gov.v1.Query/Proposal", asked, gov.QueryProposalResponse).proposal
    assert found is not None
    return found


def _status(world: World, number: int) -> gov.ProposalStatus:
    return _proposal(world, number).status
