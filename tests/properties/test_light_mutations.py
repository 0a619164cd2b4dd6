"""No change to a light block passes, whatever the sets, powers and flags; and what passes has the power it must."""

from hypothesis import given, settings
from hypothesis import strategies as st

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.base.errors import RuleViolation
from qos.lightclient.bisection import bisect
from qos.lightclient.errors import Invalid
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import ONE_THIRD, TWO_THIRDS, NotEnoughTrust, Options, Verified, trust_root, verify
from qos.proto import codec
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.testing.light_chain import ABSENT, COMMIT, NIL, BlockShelf, Member, drive, light_block, members, time_of
from qos.testing.light_mutations import mutations

NOW = time_of(10_000)
OPTIONS = Options(trust_level=ONE_THIRD, trusting_period_ns=10 * DAY_NS, clock_drift_ns=SECOND_NS)
SETS = st.lists(
    st.builds(Member, number=st.integers(0, 9), power=st.integers(1, 50)),
    min_size=1,
    max_size=7,
    unique_by=lambda member: member.number,
)
FLAGS = st.dictionaries(st.integers(0, 9), st.sampled_from([ABSENT, COMMIT, NIL]))


def root_of(block: LightBlock) -> TrustedState:
    return trust_root(block, header_hash(block.signed_header.header)).state


def verdict_of(trusted: TrustedState, block: LightBlock, options: Options = OPTIONS) -> str:
    try:
        verdict = verify(trusted, block, options=options, now_ns=NOW)
    except Invalid as error:
        return type(error).__name__
    return type(verdict).__name__


@given(before=SETS, voters=SETS, flags=FLAGS, adjacent=st.booleans())
@settings(deadline=None, max_examples=100)
def test_the_verdict_follows_from_the_power_that_signed(
    before: list[Member], voters: list[Member], flags: dict[int, BlockIDFlag], adjacent: bool
) -> None:
    trusted = root_of(light_block(1, before, voters if adjacent else before))
    signed = [member for member in voters if flags.get(member.number, COMMIT) is COMMIT]
    known = {member.number: member.power for member in (voters if adjacent else before)}
    own_enough = 3 * sum(member.power for member in signed) > 2 * sum(member.power for member in voters)
    overlap = sum(known.get(member.number, 0) for member in signed)
    trust_enough = adjacent or 3 * overlap > sum(known.values())
    found = verdict_of(trusted, light_block(2 if adjacent else 40, voters, flags=flags))
    enough = "Verified" if own_enough else "NotEnoughPower"
    assert found == (enough if trust_enough else "NotEnoughTrust")


@given(voters=SETS, following=SETS, adjacent=st.booleans(), round_=st.integers(0, 3))
@settings(deadline=None, max_examples=8)
def test_no_change_of_an_accepted_block_is_accepted(
    voters: list[Member], following: list[Member], adjacent: bool, round_: int
) -> None:
    trusted = root_of(light_block(1, voters))
    block = light_block(2 if adjacent else 9, voters, following, round_=round_)
    assert verdict_of(trusted, block) == "Verified"
    for name, changed in mutations(block):
        assert verdict_of(trusted, changed) not in {"Verified", "NotEnoughTrust"}, name


def test_no_change_of_a_block_of_21_super_nodes_is_accepted() -> None:
    voters = members(*range(21))
    trusted = root_of(light_block(1, voters))
    tried = 0
    for name, changed in mutations(light_block(2, voters, members(*range(1, 22)))):
        if "vote" not in name or " 3 " in name:
            assert verdict_of(trusted, changed) not in {"Verified", "NotEnoughTrust"}, name
            tried += 1
    assert tried > 300


@given(data=st.data(), length=st.integers(2, 24), paper=st.booleans())
@settings(deadline=None, max_examples=40)
def test_bisection_over_a_whole_chain_always_arrives_and_accepts_only_the_chain(
    data: st.DataObject, length: int, paper: bool
) -> None:
    sets = data.draw(st.lists(SETS, min_size=length + 1, max_size=length + 1))
    chain = [light_block(height, sets[height - 1], sets[height]) for height in range(1, length + 1)]
    options = Options(trust_level=TWO_THIRDS if paper else ONE_THIRD, trusting_period_ns=10 * DAY_NS)
    shelf = BlockShelf(*chain)
    path = drive(bisect(root_of(chain[0]), length, options=options, now_ns=NOW), shelf)
    assert all(isinstance(verified, Verified) for verified in path)
    assert path[-1].header == chain[-1].signed_header.header
    assert [verified.block for verified in path] == [chain[verified.header.height - 1] for verified in path]
    assert len(shelf.asked) == len(set(shelf.asked))
    assert not isinstance(path[-1], NotEnoughTrust)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=300)
def test_a_flipped_bit_of_an_encoded_block_is_refused_or_changes_nothing_that_is_trusted(
    position: int, bit: int
) -> None:
    voters = members(1, 2, 3, 4)
    trusted = root_of(light_block(1, voters))
    data = codec.encode(light_block(9, voters, members(1, 2, 3, 5), flags={4: ABSENT}))
    good = verify(trusted, codec.decode(LightBlock, data), options=OPTIONS, now_ns=NOW)
    assert isinstance(good, Verified)
    position %= len(data)
    spoiled = data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]
    try:
        found = verify(trusted, codec.decode(LightBlock, spoiled), options=OPTIONS, now_ns=NOW)
    except RuleViolation:
        return
    assert isinstance(found, Verified)
    assert (found.state, found.signers.power) == (good.state, good.signers.power)
