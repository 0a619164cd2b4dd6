"""Random votes, bond changes, slashes and changes of status: the running tally is the naive recount, always (G1)."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from qos.base.amounts import E18
from qos.base.identifiers import Address
from qos.chains.public import STAKE
from qos.machine.context import Context
from qos.machine.scope import attempt
from qos.modules.governance.proposals import votes
from qos.modules.governance.proposals.formulas import ZERO, plus
from qos.modules.governance.proposals.state import VOTES
from qos.modules.validators.staking import bonding, leaving, operations, slashes, standing
from qos.proto.records.qos_gov_v1 import Counts, Vote
from qos.proto.records.qos_staking_v1 import Reason
from qos.testing.chain import ALICE, BOB, CAROL, DAVE
from qos.testing.governance import VALIDATORS, GovernedChain

NUMBERS = (1, 2)
VOTERS = (ALICE, BOB, CAROL, DAVE, *VALIDATORS[:3])
OWNERS = VALIDATORS[:3]

voters = st.sampled_from([each.address for each in VOTERS])
owners = st.sampled_from([each.address for each in OWNERS])
amounts = st.integers(1, 40).map(lambda qos: qos * E18) | st.integers(1, 3 * E18)
parts = st.lists(st.integers(0, E18), min_size=3, max_size=3).map(sorted)
weights = parts.map(
    lambda cut: Counts(yes=cut[0], abstain=cut[1] - cut[0], no=cut[2] - cut[1], no_with_veto=E18 - cut[2])
)
Step = Callable[[Context], object]


def vote(who: Address, number: int, weight: Counts) -> Step:
    return lambda ctx: votes.cast(ctx, Vote(proposal_id=number, voter=who, weights=weight))


def delegate(who: Address, owner: Address, amount: int) -> Step:
    return lambda ctx: bonding.delegate(ctx, STAKE, who, owner, amount)


def undelegate(who: Address, owner: Address, amount: int) -> Step:
    return lambda ctx: leaving.undelegate(ctx, STAKE, who, owner, amount)


def redelegate(who: Address, source: Address, target: Address, amount: int) -> Step:
    return lambda ctx: leaving.redelegate(ctx, STAKE, who, source, target, amount)


def slash(owner: Address, percent: int) -> Step:
    def run(ctx: Context) -> None:
        validator = operations.require_validator(ctx, owner)
        slashes.slash(ctx, STAKE, validator, ctx.block.height, validator.tokens // E18, percent * 10**16)

    return run


def turn(owner: Address) -> Step:
    """Take a validator's voice away, or give it back."""

    def run(ctx: Context) -> None:
        validator = operations.require_validator(ctx, owner)
        if operations.is_active(validator):
            standing.deactivate(ctx, STAKE, validator, Reason.REASON_REVOKED)
        else:
            standing.activate(ctx, STAKE, validator, 0)

    return run


steps = st.one_of(
    st.builds(vote, voters, st.sampled_from(NUMBERS), weights),
    st.builds(delegate, voters, owners, amounts),
    st.builds(undelegate, voters, owners, amounts),
    st.builds(redelegate, voters, owners, owners, amounts),
    st.builds(slash, owners, st.integers(1, 60)),
    st.builds(turn, owners),
)


def recount(ctx: Context, number: int) -> tuple[Counts, int]:
    """Count as the protocol's words have it: every bond behind every active validator, one by one."""
    said = {voter: vote.weights for (voted, voter), vote in VOTES.items(ctx) if voted == number}
    tally, electorate = ZERO, 0
    for validator in operations.active_validators(ctx):
        direct, silent = ZERO, 0
        for bond in operations.bonds_to(ctx, validator.owner):
            own = said.get(bond.delegator)
            if own is None:
                silent += bond.shares
            else:
                direct = plus(direct, _times(own, bond.shares, E18))
        tally = plus(tally, _times(direct, validator.tokens, validator.shares))
        speaks = said.get(validator.owner)
        if speaks is not None:
            tally = plus(tally, _times(speaks, silent * validator.tokens // validator.shares, E18))
        electorate += validator.tokens
    return tally, electorate


def _times(counts: Counts, numerator: int, denominator: int) -> Counts:
    return Counts(
        yes=counts.yes * numerator // denominator,
        abstain=counts.abstain * numerator // denominator,
        no=counts.no * numerator // denominator,
        no_with_veto=counts.no_with_veto * numerator // denominator,
    )


def voting_chain() -> GovernedChain:
    """Two proposals in voting, and validators that a slash does not make inactive at once."""
    chain = GovernedChain()
    for number, owner in enumerate(OWNERS):
        chain.bond(owner, 40, validator=number)
    for number in NUMBERS:
        assert chain.propose(deposit=100) == number
    return chain


CHAIN = voting_chain()


@given(st.lists(steps, max_size=30))
def test_the_running_tally_is_the_naive_recount(plan: list[Step]) -> None:
    """[G1]"""
    ctx = CHAIN.scratch()
    for step in plan:
        attempt(ctx, step)
        for number in NUMBERS:
            assert votes.count(ctx, number) == recount(ctx, number)
            assert votes.sums_agree(ctx, number)


def test_the_steps_do_something() -> None:
    ctx = CHAIN.scratch()
    plan = (
        delegate(BOB.address, OWNERS[0].address, 5 * E18),
        vote(BOB.address, 1, Counts(yes=E18)),
        redelegate(BOB.address, OWNERS[0].address, OWNERS[1].address, E18),
        undelegate(BOB.address, OWNERS[0].address, E18),
        slash(OWNERS[0].address, 50),
        turn(OWNERS[2].address),
    )
    for step in plan:
        outcome = attempt(ctx, step)
        assert outcome.ok, outcome.violation
    tally, electorate = votes.count(ctx, 1)
    assert (tally, electorate) == recount(ctx, 1)
    assert 2 * E18 < tally.yes < 3 * E18
