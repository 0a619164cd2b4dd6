"""Proposer rotation holds its promises for any set and any changes."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qos.engine import rotation
from qos.machine.abci import ValidatorUpdate
from qos.proto.records.tendermint_types import ValidatorSet

POWERS = st.lists(st.integers(1, 10**6), min_size=1, max_size=21)
CHANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**6)), max_size=30)


def a_set(powers: list[int]) -> ValidatorSet:
    return rotation.new_set(rotation.validator(bytes([i]) * 20, bytes([i]) * 32, p) for i, p in enumerate(powers))


@given(POWERS, st.integers(1, 300))
def test_everyone_proposes_by_power_to_within_one_turn_each(powers: list[int], turns: int) -> None:
    members = a_set(powers)
    counts = dict.fromkeys((v.address for v in members.validators), 0)
    for _ in range(turns):
        assert members.proposer is not None
        counts[members.proposer.address] += 1
        members = rotation.advance(members)
    for member in members.validators:
        share = Fraction(turns * member.voting_power, members.total_voting_power)
        assert abs(counts[member.address] - share) <= 1 + Fraction(len(powers), 2)


@given(POWERS, CHANGES)
def test_any_changes_keep_order_total_and_bounded_priorities(powers: list[int], changes: list[tuple[int, int]]) -> None:
    members = a_set(powers)
    for number, power in changes:
        addresses = [v.address for v in members.validators]
        address = bytes([number]) * 20
        if power == 0 and (address not in addresses or len(addresses) == 1):
            continue
        update = ValidatorUpdate(public_key=bytes([number]) * 32, power=power)
        members = rotation.advance(rotation.updated(members, [update], [address]))
        listed = [(-v.voting_power, v.address) for v in members.validators]
        assert listed == sorted(listed)
        assert members.total_voting_power == sum(v.voting_power for v in members.validators)
        priorities = [v.proposer_priority for v in members.validators]
        assert max(priorities) - min(priorities) <= 3 * members.total_voting_power
        assert abs(sum(priorities)) <= len(priorities) ** 2 + len(priorities)
        assert members.proposer in members.validators
