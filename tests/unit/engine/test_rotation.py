"""Proposer rotation and changes of the validator set."""

import pytest

from qos.engine import rotation
from qos.engine.rotation import BadValidatorUpdate
from qos.machine.abci import ValidatorUpdate
from qos.proto.records.tendermint_types import ValidatorSet


def a_set(*powers: int) -> ValidatorSet:
    return rotation.new_set(rotation.validator(bytes([i]) * 20, bytes([i]) * 32, p) for i, p in enumerate(powers))


def change(members: ValidatorSet, number: int, power: int) -> ValidatorSet:
    update = ValidatorUpdate(public_key=bytes([number]) * 32, power=power)
    return rotation.updated(members, [update], [bytes([number]) * 20])


def test_equal_validators_take_turns_in_order_of_address() -> None:
    members, turns = a_set(1, 1, 1), []
    for _ in range(6):
        assert members.proposer is not None
        turns.append(members.proposer.address[0])
        members = rotation.advance(members)
    assert turns == [0, 1, 2, 0, 1, 2]


def test_the_set_lists_the_most_powerful_first() -> None:
    assert [v.voting_power for v in a_set(5, 9, 7).validators] == [9, 7, 5]


def test_a_newcomer_starts_behind_everyone() -> None:
    members = change(a_set(10, 10), 7, 10)
    newcomer = next(v for v in members.validators if v.address[0] == 7)
    assert newcomer.proposer_priority == min(v.proposer_priority for v in members.validators)
    assert rotation.advance(members).proposer != newcomer


def test_a_removed_validator_is_gone() -> None:
    members = change(a_set(10, 20), 1, 0)
    assert [v.address[0] for v in members.validators] == [0]
    assert members.total_voting_power == 10


def test_a_changed_power_keeps_the_place_in_the_queue() -> None:
    before = a_set(10, 10, 10)
    after = change(before, 2, 11)
    ranks = [[v.address for v in sorted(s.validators, key=lambda v: v.proposer_priority)] for s in (before, after)]
    assert ranks[0][0] == ranks[1][0]


def test_no_update_changes_nothing() -> None:
    members = a_set(3, 4)
    assert rotation.updated(members, [], []) is members


def test_removing_the_last_validator_is_refused() -> None:
    with pytest.raises(BadValidatorUpdate):
        change(a_set(1), 0, 0)


def test_removing_a_stranger_is_refused() -> None:
    with pytest.raises(BadValidatorUpdate):
        change(a_set(1), 9, 0)


def test_negative_power_is_refused() -> None:
    with pytest.raises(BadValidatorUpdate):
        change(a_set(1, 1), 0, -1)


def test_one_key_twice_in_an_update_is_refused() -> None:
    update = ValidatorUpdate(public_key=b"k" * 32, power=1)
    with pytest.raises(BadValidatorUpdate):
        rotation.updated(a_set(1), [update, update], [b"a" * 20, b"a" * 20])


def test_more_power_than_comet_can_count_is_refused() -> None:
    with pytest.raises(BadValidatorUpdate):
        change(a_set(1), 5, 2**60)
