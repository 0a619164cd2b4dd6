"""[V4] [V5] [V6] [V8] Bonds, undelegations and redelegations: every message, its refusals, and slashes that follow.

Threats 29 and 30: stake moved after an offence pays like stake that stayed, and no rounding pays out more than went in.
"""

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.machine.errors import InsufficientFunds
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.validators.staking import errors, outflows
from qos.modules.validators.staking.state import REDELEGATIONS, UNDELEGATIONS
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_staking_v1beta1 import MsgCancelUnbondingDelegation, MsgDelegate
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgReturnBond, MsgSetCompounding
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS
from qos.testing.stake import PARAMS, owner_of
from qos.testing.stake_chain import (
    UNIT,
    StakeChain,
    address_of,
    coin,
    delegate,
    redelegate,
    undelegate,
)
from qos.testing.transactions import Key

UNBONDING_S = PARAMS.unbonding_time // SECOND_NS


@pytest.fixture
def chain() -> StakeChain:
    made = StakeChain()
    made.ok(ALICE, delegate(ALICE, 0, 100 * UNIT))
    return made


def refused(chain: StakeChain, key: Key, message: Record) -> int:
    result = chain.do(key, message)
    assert result.codespace == "staking", result.log
    return result.code


def cancel(who: Key, number: int, height: int, amount: int) -> MsgCancelUnbondingDelegation:
    return MsgCancelUnbondingDelegation(
        delegator_address=who.address,
        validator_address=owner_of(number).address,
        amount=coin(amount),
        creation_height=height,
    )


def test_a_bond_leaves_the_account_and_is_worth_what_went_in(chain: StakeChain) -> None:
    assert chain.balance(ALICE.address) == FUNDS - 100 * UNIT
    assert chain.worth(ALICE.address, 0) == 100 * UNIT
    assert chain.powers()[owner_of(0).address] == 110


@pytest.mark.parametrize("amount", [0, -1])
def test_zero_and_negative_bonds_are_refused(chain: StakeChain, amount: int) -> None:
    """Threat 29: amounts are positive in every message about bonds."""
    for message in (
        delegate(ALICE, 0, amount),
        undelegate(ALICE, 0, amount),
        redelegate(ALICE, 0, 1, amount),
        cancel(ALICE, 0, 1, amount),
    ):
        assert refused(chain, ALICE, message) == errors.WrongAsset.code.number


def test_bonds_are_in_one_asset_and_within_the_balance(chain: StakeChain) -> None:
    other = MsgDelegate(
        delegator_address=ALICE.address,
        validator_address=owner_of(0).address,
        amount=Coin(denom="qsc/STAR", amount=1),
    )
    assert refused(chain, ALICE, other) == errors.WrongAsset.code.number
    poor = chain.do(ALICE, delegate(ALICE, 0, FUNDS))
    assert (poor.codespace, poor.code) == ("sdk", InsufficientFunds.code.number)


def test_unknown_validators_and_bonds_are_refused(chain: StakeChain) -> None:
    assert refused(chain, ALICE, delegate(ALICE, 9, UNIT)) == errors.UnknownValidator.code.number
    assert refused(chain, BOB, undelegate(BOB, 0, UNIT)) == errors.NoBond.code.number
    assert refused(chain, ALICE, undelegate(ALICE, 0, 100 * UNIT + 1)) == errors.BondTooSmall.code.number
    assert refused(chain, ALICE, redelegate(ALICE, 0, 0, UNIT)) == errors.SameValidator.code.number
    compound = MsgSetCompounding(delegator_address=BOB.address, validator_address=owner_of(0).address, compounding=True)
    assert refused(chain, BOB, compound) == errors.NoBond.code.number


def test_an_undelegation_is_paid_after_the_unbonding_time(chain: StakeChain) -> None:
    """[V6]"""
    chain.ok(ALICE, undelegate(ALICE, 0, 40 * UNIT))
    held = chain.balance(ALICE.address)
    chain.wait(UNBONDING_S - 60)
    chain.run_block()
    assert chain.balance(ALICE.address) == held
    chain.wait(60)
    chain.run_block()
    assert chain.balance(ALICE.address) == held + 40 * UNIT


def test_what_completed_is_claimed_by_anybody_before_the_queue_comes_to_it(chain: StakeChain) -> None:
    """[V8]"""
    chain.ok(ALICE, undelegate(ALICE, 0, 40 * UNIT))
    held = chain.balance(ALICE.address)
    chain.wait(UNBONDING_S)
    claim = MsgReturnBond(sender=BOB.address, delegator_address=ALICE.address, validator_address=owner_of(0).address)
    chain.ok(BOB, claim)
    assert chain.balance(ALICE.address) == held + 40 * UNIT


def test_an_undelegation_is_cancelled_in_part(chain: StakeChain) -> None:
    chain.ok(ALICE, undelegate(ALICE, 0, 40 * UNIT))
    height = chain.height
    assert refused(chain, ALICE, cancel(ALICE, 0, height + 1, UNIT)) == errors.NoUndelegation.code.number
    assert refused(chain, ALICE, cancel(ALICE, 0, height, 41 * UNIT)) == errors.BondTooSmall.code.number
    chain.ok(ALICE, cancel(ALICE, 0, height, 10 * UNIT))
    assert chain.worth(ALICE.address, 0) == 70 * UNIT
    chain.ok(ALICE, cancel(ALICE, 0, height, 30 * UNIT))
    assert chain.worth(ALICE.address, 0) == 100 * UNIT
    assert not list(UNDELEGATIONS.items(chain.state()))


def test_as_many_undelegations_and_redelegations_of_a_pair_run_as_may(chain: StakeChain) -> None:
    """[V4] At most 7 entries a pair."""
    for _ in range(PARAMS.max_entries):
        chain.ok(ALICE, undelegate(ALICE, 0, UNIT), redelegate(ALICE, 0, 1, UNIT))
    assert refused(chain, ALICE, undelegate(ALICE, 0, UNIT)) == errors.TooManyEntries.code.number
    assert refused(chain, ALICE, redelegate(ALICE, 0, 1, UNIT)) == errors.TooManyEntries.code.number
    chain.ok(ALICE, redelegate(ALICE, 0, 2, UNIT))


def test_what_was_moved_does_not_move_on_before_it_matured(chain: StakeChain) -> None:
    """[V4]"""
    chain.ok(ALICE, redelegate(ALICE, 0, 1, 40 * UNIT))
    assert refused(chain, ALICE, redelegate(ALICE, 1, 2, UNIT)) == errors.SecondHop.code.number
    chain.wait(UNBONDING_S)
    chain.run_block()
    assert not list(REDELEGATIONS.items(chain.state()))
    chain.ok(ALICE, redelegate(ALICE, 1, 2, 40 * UNIT))
    assert chain.worth(ALICE.address, 2) == 40 * UNIT


@pytest.mark.parametrize("blocks", [0, 1, 5])
def test_stake_that_left_after_an_offence_pays_like_stake_that_stayed(chain: StakeChain, blocks: int) -> None:
    """[V4] Threat 29: 30 taken back, 30 moved, 40 left behind; a fifth of each goes."""
    offence = chain.height
    chain.run_blocks(blocks)
    chain.ok(ALICE, undelegate(ALICE, 0, 30 * UNIT))
    chain.ok(ALICE, redelegate(ALICE, 0, 1, 30 * UNIT))
    chain.misbehave(0, height=offence, power=110)
    chain.run_blocks(2)
    assert chain.worth(ALICE.address, 0) == 32 * UNIT
    assert chain.worth(ALICE.address, 1) == 24 * UNIT
    (entry,) = [found for _, found in UNDELEGATIONS.items(chain.state())]
    assert entry.balance == 24 * UNIT
    assert chain.worth(owner_of(0).address, 0) == 8 * UNIT
    assert chain.balance(COMMUNITY_POOL) == 22 * UNIT


def test_stake_that_left_before_an_offence_does_not_pay(chain: StakeChain) -> None:
    """[V4]"""
    chain.ok(ALICE, undelegate(ALICE, 0, 30 * UNIT))
    chain.ok(ALICE, redelegate(ALICE, 0, 1, 30 * UNIT))
    chain.run_block()
    chain.misbehave(0, power=50)
    chain.run_blocks(2)
    (entry,) = [found for _, found in UNDELEGATIONS.items(chain.state())]
    assert (entry.balance, chain.worth(ALICE.address, 1)) == (30 * UNIT, 30 * UNIT)
    assert chain.balance(COMMUNITY_POOL) == 10 * UNIT


def test_moved_stake_that_is_taken_back_from_its_new_place_still_pays(chain: StakeChain) -> None:
    """[V4] ASA-2024-005: an offence reaches a redelegation whose bond is being taken back."""
    offence = chain.height
    chain.ok(ALICE, redelegate(ALICE, 0, 1, 30 * UNIT))
    chain.ok(ALICE, undelegate(ALICE, 1, 30 * UNIT))
    chain.misbehave(0, height=offence, power=110)
    chain.run_blocks(2)
    (entry,) = [found for _, found in UNDELEGATIONS.items(chain.state())]
    assert entry.balance == 24 * UNIT


def test_who_bonds_after_an_offence_shares_the_slash_pro_rata(chain: StakeChain) -> None:
    """[V4] The fraction is of the power at the offence, whatever is bonded since."""
    offence = chain.height
    chain.ok(BOB, delegate(BOB, 0, 110 * UNIT))
    chain.misbehave(0, height=offence, power=110)
    chain.run_blocks(2)
    assert chain.balance(COMMUNITY_POOL) == 22 * UNIT
    assert chain.worth(BOB.address, 0) == 99 * UNIT


def test_the_choice_of_compounding_is_kept(chain: StakeChain) -> None:
    choice = MsgSetCompounding(delegator_address=ALICE.address, validator_address=owner_of(0).address, compounding=True)
    chain.ok(ALICE, choice)
    chain.ok(ALICE, delegate(ALICE, 0, UNIT))
    bond = chain.bond(ALICE.address, 0)
    assert bond is not None
    assert bond.compounding


def test_many_tiny_bonds_never_take_more_than_they_brought(chain: StakeChain) -> None:
    """Threat 30: after a slash that leaves odd shares, bonds of a few aqos come and go and the pool never loses."""
    chain.absent = frozenset((address_of(1),))
    chain.run_blocks(10)
    chain.absent = frozenset()
    again = MsgActivateValidator(validator_address=owner_of(1).address, top_up=coin(UNIT))
    chain.ok(owner_of(1), again)
    assert chain.validator(1).tokens < chain.validator(1).shares
    brought = 0
    for amount in range(1, 30):
        chain.ok(CAROL, delegate(CAROL, 1, amount))
        brought += amount
    worth = chain.worth(CAROL.address, 1)
    assert brought - 29 <= worth <= brought
    chain.ok(CAROL, undelegate(CAROL, 1, worth))
    chain.wait(UNBONDING_S)
    chain.run_block()
    assert chain.balance(CAROL.address) == FUNDS - brought + worth


def test_what_left_is_summed_the_same_over_spans(chain: StakeChain) -> None:
    """The sum of what left since a height is that of the entries, at and around the borders of spans."""
    ctx = chain.scratch()
    owner = owner_of(0).address
    heights = [1, 5, outflows.SPAN - 1, outflows.SPAN, outflows.SPAN + 1, 3 * outflows.SPAN + 7]
    for height in heights:
        outflows.flow(ctx, owner, height, height)
    for since in [0, 1, 2, 5, 6, outflows.SPAN - 1, outflows.SPAN, outflows.SPAN + 1, 3 * outflows.SPAN, 10**6]:
        assert outflows.left_since(ctx, owner, since) == sum(height for height in heights if height >= since)
    assert outflows.left_since(ctx, Address(bytes(20)), 0) == 0
