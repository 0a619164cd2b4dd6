"""[V7] Active validators beyond `max_validators` are candidates: the largest make blocks, among equals the older."""

import random
from dataclasses import replace
from functools import partial

import pytest

from qos.base.blocktime import DAY_S
from qos.base.identifiers import Address
from qos.machine.genesis import BadGenesis
from qos.modules.validators.slashing.state import INFOS
from qos.modules.validators.staking import parameters
from qos.modules.validators.staking.operations import bonded_set
from qos.modules.validators.staking.state import VALIDATORS
from qos.proto.records import cosmos_staking_v1beta1 as cosmos
from qos.proto.records.qos_staking_v1 import MsgRevokeValidator, Status
from qos.testing.chain import ALICE
from qos.testing.reward_world import reward_document
from qos.testing.simulation import SimulatedChain, exported
from qos.testing.stake import PARAMS, POWER, owner_of
from qos.testing.stake_chain import (
    UNIT,
    StakeChain,
    address_of,
    consensus_key,
    creation,
    delegate,
    redelegate,
    undelegate,
)

COUNT, SEATS = 25, 21


@pytest.fixture
def chain() -> StakeChain:
    return StakeChain(COUNT)


def numbers(chain: StakeChain) -> list[int]:
    """Return who makes blocks."""
    known = {owner_of(number).address: number for number in range(COUNT)}
    return sorted(known[owner] for owner in chain.powers())


def largest(chain: StakeChain, seats: int = SEATS) -> set[Address]:
    """Return who should make blocks, by sorting all validators."""
    active = [each for _, each in VALIDATORS.items(chain.state()) if each.status is Status.STATUS_ACTIVE]
    active.sort(key=lambda each: (-each.tokens, each.number))
    return {each.owner for each in active[:seats]}


def revoke(number: int) -> MsgRevokeValidator:
    return MsgRevokeValidator(validator_address=owner_of(number).address)


def test_of_equals_the_older_make_blocks_and_the_others_are_candidates(chain: StakeChain) -> None:
    assert numbers(chain) == list(range(SEATS))
    candidate = chain.validator(SEATS)
    assert candidate.status is Status.STATUS_ACTIVE
    shown = chain.query(
        "/cosmos.staking.v1beta1.Query/Validator",
        cosmos.QueryValidatorRequest(validator_addr=candidate.owner),
        cosmos.QueryValidatorResponse,
    ).validator
    assert shown is not None
    assert (shown.status.name, shown.jailed) == ("BOND_STATUS_UNBONDED", False)


def test_a_candidate_takes_bonds_and_has_no_window(chain: StakeChain) -> None:
    """[V1] The window runs only while bonded."""
    chain.ok(ALICE, *(delegate(ALICE, number, UNIT) for number in range(SEATS)), delegate(ALICE, SEATS, UNIT))
    chain.run_blocks(2)
    assert chain.worth(ALICE.address, SEATS) == UNIT
    infos = [INFOS.get(chain.state(), Address(address_of(number))) for number in range(COUNT)]
    assert [number for number, info in enumerate(infos) if info is not None] == list(range(SEATS))


def test_one_aqos_more_takes_the_seat_of_the_youngest_of_the_smallest(chain: StakeChain) -> None:
    chain.ok(ALICE, delegate(ALICE, COUNT - 1, 1))
    assert numbers(chain) == [*range(SEATS - 1), COUNT - 1]
    out = chain.validator(SEATS - 1)
    assert (out.status, out.deactivated, out.closes) == (Status.STATUS_ACTIVE, None, None)
    chain.ok(ALICE, undelegate(ALICE, COUNT - 1, 1))
    assert numbers(chain) == list(range(SEATS))


def test_who_was_pushed_out_goes_on_with_its_window_when_it_returns(chain: StakeChain) -> None:
    """[V1]"""
    last, newcomer = SEATS - 1, COUNT - 1
    chain.absent = frozenset((address_of(last),))
    chain.run_blocks(5)
    chain.ok(ALICE, delegate(ALICE, newcomer, 1))
    chain.run_blocks(2)  # what the engine was told holds from the height after next on
    missed = INFOS.require(chain.state(), Address(address_of(last)), KeyError).missed
    chain.run_blocks(10)
    assert INFOS.require(chain.state(), Address(address_of(last)), KeyError).missed == missed < 10
    chain.ok(ALICE, redelegate(ALICE, newcomer, last, 1))
    chain.run_blocks(3)
    assert INFOS.require(chain.state(), Address(address_of(last)), KeyError).missed > missed


def test_the_largest_candidate_takes_the_seat_of_who_leaves(chain: StakeChain) -> None:
    chain.ok(ALICE, delegate(ALICE, 5, UNIT))
    chain.wait(DAY_S)
    chain.ok(owner_of(5), revoke(5))
    assert numbers(chain) == [number for number in range(SEATS + 1) if number != 5]
    chain.misbehave(7)
    chain.run_block()
    assert numbers(chain) == [number for number in range(SEATS + 2) if number not in (5, 7)]
    assert chain.validator(7).tombstoned


def test_a_candidate_revokes_itself_like_any_active_validator(chain: StakeChain) -> None:
    chain.wait(DAY_S)
    chain.ok(owner_of(SEATS), revoke(SEATS))
    assert chain.validator(SEATS).status is Status.STATUS_INACTIVE
    chain.ok(owner_of(0), revoke(0))
    assert numbers(chain) == [*range(1, SEATS), SEATS + 1]
    chain.run_blocks(3)
    assert chain.validator(SEATS).closes is not None


def test_who_would_leave_too_few_goes_on_signing_until_somebody_takes_its_seat() -> None:
    """[V7] Inactive at once, it earns nothing, and its survival runs from the height it no longer signs."""
    chain = StakeChain(params=replace(PARAMS, min_validators=4))
    chain.wait(DAY_S)
    chain.ok(owner_of(2), revoke(2))
    chain.run_blocks(5)
    left = chain.validator(2)
    assert (left.status, left.closes, len(chain.powers())) == (Status.STATUS_INACTIVE, None, 4)
    (member,) = [each for each in bonded_set(chain.state()).members if each.validator == left.owner]
    assert (member.power, member.tokens) == (POWER, 0)
    chain.ok(ALICE, creation(ALICE, consensus_key(9), POWER * UNIT))
    chain.run_blocks(3)
    assert (left.owner in chain.powers(), ALICE.address in chain.powers()) == (False, True)
    assert chain.validator(2).closes is not None


def test_fewer_or_more_seats_are_taken_at_the_next_block(chain: StakeChain) -> None:
    for seats, found in ((COUNT - 5, COUNT - 5), (COUNT, COUNT), (COUNT + 9, COUNT), (SEATS, SEATS)):
        wanted = replace(PARAMS, max_validators=seats)
        chain.operations.append(partial(parameters.change, rules=wanted))
        chain.run_block()
        assert numbers(chain) == list(range(found))


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_bonded_the_set_is_the_largest_in_order(seed: int) -> None:
    chance, chain = random.Random(seed), StakeChain(COUNT)
    for _ in range(12):
        one, other = chance.sample(range(COUNT), 2)
        amount = chance.choice((1, 2, UNIT, UNIT + 1, 3 * UNIT))
        message = chance.choice((delegate(ALICE, one, amount), undelegate(ALICE, one, amount)))
        moved = redelegate(ALICE, other, one, 1)
        chain.run_block(
            *[chain.tx(ALICE, each, ahead=n, gas=10**6, price=0) for n, each in enumerate((message, moved))]
        )
        assert set(chain.powers()) == largest(chain)
        powers = {
            owner: chain.validator(number).tokens // UNIT
            for number in range(COUNT)
            if (owner := owner_of(number).address) in chain.powers()
        }
        assert chain.powers() == powers
    assert sum(chain.powers().values()) >= SEATS * POWER


def test_recorded_sets_go_on_only_at_the_height_they_are_of() -> None:
    """An exported chain that would begin at height 1 would read sets of its own future."""
    lived = SimulatedChain(reward_document(spare=10**21))
    for _ in range(4):
        lived.send(ALICE, delegate(ALICE, 1, UNIT))
    document = exported(lived)
    assert len(document["app_state"]["staking"]["sets"]) > 1
    assert SimulatedChain(document).height == lived.height + 1
    with pytest.raises(BadGenesis, match="set initial_height"):
        SimulatedChain(document | {"initial_height": "1"})
    document["app_state"]["staking"]["sets"].reverse()
    with pytest.raises(BadGenesis, match="in order of height"):
        SimulatedChain(document)
