"""[V8] However many bonds mature, return, pay for a slash or compound at once: a block handles a bounded number."""

from functools import partial

import pytest

from qos.base.identifiers import Address
from qos.chains.public import STAKE
from qos.machine.context import Context
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.distribution.compounding import PER_BLOCK
from qos.modules.economics.distribution.state import COMPOUNDING
from qos.modules.validators.staking import bonding, errors, leaving, operations
from qos.modules.validators.staking.state import BONDS, UNDELEGATIONS
from qos.modules.validators.staking.steps import ITEMS_A_BLOCK
from qos.proto.records.qos_staking_v1 import Bond, MsgReturnBond, MsgRevokeValidator
from qos.store.keys import ADDRESS
from qos.testing.chain import ALICE, BOB
from qos.testing.reward_world import reward_document
from qos.testing.simulation import SimulatedChain, continued, exported
from qos.testing.stake import PARAMS, owner_of
from qos.testing.stake_chain import UNIT, StakeChain, coin

MORE = 60
"""Beyond what one block handles."""
EVERY = ITEMS_A_BLOCK + MORE
OWNER = owner_of(3).address


def delegator(number: int) -> Address:
    return Address(number.to_bytes(20, "big"))


def bond_many(ctx: Context, count: int, owner: Address = OWNER) -> None:
    for number in range(count):
        bank.send(ctx, ALICE.address, delegator(number), (coin(UNIT),))
        bonding.delegate(ctx, STAKE, delegator(number), owner, UNIT)


def take_back_many(ctx: Context, count: int) -> None:
    for number in range(count):
        leaving.undelegate(ctx, STAKE, delegator(number), OWNER, UNIT)


def wait_s(chain: StakeChain, seconds: int) -> None:
    chain.wait(seconds)
    chain.run_block()


@pytest.fixture
def chain() -> StakeChain:
    made = StakeChain()
    made.operations.append(lambda ctx: bond_many(ctx, EVERY))
    made.run_blocks(2)
    return made


@pytest.fixture
def leaving_chain(chain: StakeChain) -> StakeChain:
    """Everybody takes its bond back in one block."""
    chain.operations.append(lambda ctx: take_back_many(ctx, EVERY))
    chain.run_block()
    return chain


def unpaid(chain: StakeChain) -> int:
    return sum([chain.balance(delegator(number)) == 0 for number in range(EVERY)])


def claim(number: int) -> MsgReturnBond:
    return MsgReturnBond(sender=BOB.address, delegator_address=delegator(number), validator_address=OWNER)


def test_what_completes_at_once_is_paid_over_blocks_in_order(leaving_chain: StakeChain) -> None:
    """Threat table: a queue longer than a block never makes one long."""
    chain = leaving_chain
    wait_s(chain, PARAMS.unbonding_time // 10**9)
    assert unpaid(chain) == MORE
    assert chain.balance(delegator(ITEMS_A_BLOCK - 1)) == UNIT
    chain.ok(BOB, claim(EVERY - 1))
    assert chain.do(BOB, claim(EVERY - 1)).code == errors.NothingDue.code.number
    assert unpaid(chain) == 0
    assert not list(UNDELEGATIONS.items(chain.state()))


def test_bonds_behind_a_closed_validator_return_over_blocks(chain: StakeChain) -> None:
    wait_s(chain, 86_400)
    chain.ok(owner_of(3), MsgRevokeValidator(validator_address=OWNER))
    while chain.validator(3).closes is None:  # so large a validator leaves the set over blocks (V7)
        chain.run_block()
    wait_s(chain, PARAMS.survival_secs)
    left = len(list(BONDS.items(chain.state(), ADDRESS.encode(OWNER))))
    assert EVERY + 1 - ITEMS_A_BLOCK <= left <= EVERY + 3 - ITEMS_A_BLOCK
    late = max(number for number in range(EVERY) if chain.balance(delegator(number)) == 0)
    chain.ok(BOB, claim(late))
    assert chain.balance(delegator(late)) == UNIT
    chain.run_block()
    assert (unpaid(chain), chain.find(3)) == (0, None)


def test_a_slash_reaches_what_left_over_blocks_oldest_first(leaving_chain: StakeChain) -> None:
    """[V4]"""
    chain = leaving_chain
    chain.misbehave(3, height=chain.height - 1, power=EVERY + 10)
    chain.run_block()

    def whole() -> list[int]:
        return [entry.id for _, entry in UNDELEGATIONS.items(chain.state()) if entry.balance == UNIT]

    assert MORE <= len(whole()) <= MORE + 1
    assert min(whole()) >= ITEMS_A_BLOCK - 1
    chain.run_block()
    assert not whole()
    assert {entry.balance for _, entry in UNDELEGATIONS.items(chain.state())} == {UNIT * 4 // 5}


def test_an_empty_block_costs_the_same_whatever_the_number_of_delegators() -> None:
    """[V8] Counted in gas of the begin and end step: every touch of the state is in it."""
    chain, meters = SimulatedChain(reward_document(spare=10**21)), []
    for more in (1, 300):
        chain.operations.append(partial(bond_many, count=more, owner=owner_of(1).address))
        chain.blocks(4)
        chain.operations.append(lambda ctx: meters.append(ctx.gas))
        chain.run_block()
    few, many = [meter.used for meter in meters]
    assert few > 10_000
    assert abs(many - few) < few // 100  # amounts have more bytes


def compounding_many(ctx: Context, count: int, owner: Address) -> None:
    """Touch so many bonds that ask for compounding."""
    for number in range(count):
        bond = BONDS.require(ctx, (owner, delegator(number)), KeyError)
        BONDS.set(ctx, (owner, delegator(number)), _asking(bond))
        bank.send(ctx, ALICE.address, delegator(number), (coin(UNIT),))
        bonding.delegate(ctx, STAKE, delegator(number), owner, UNIT)


def _asking(bond: Bond) -> Bond:
    return Bond(delegator=bond.delegator, validator=bond.validator, shares=bond.shares, compounding=True)


@pytest.fixture
def compounding() -> SimulatedChain:
    """A chain on which more bonds wait to be compounded than a block compounds."""
    chain, owner = SimulatedChain(reward_document(spare=10**21)), owner_of(1).address
    chain.operations.append(lambda ctx: bond_many(ctx, PER_BLOCK + 5, owner))
    chain.blocks(3)
    chain.operations.append(lambda ctx: compounding_many(ctx, PER_BLOCK + 5, owner))
    chain.run_block()
    return chain


def worth(chain: SimulatedChain, number: int) -> int:
    owner = owner_of(1).address
    bond = operations.get_bond(chain.state(), delegator(number), owner)
    assert bond is not None
    return operations.bond_value(operations.require_validator(chain.state(), owner), bond.shares)


def waiting(chain: SimulatedChain) -> list[Address]:
    return [who for _, who in COMPOUNDING.keys(chain.state())]


def test_bonds_that_were_touched_compound_over_blocks(compounding: SimulatedChain) -> None:
    late = [delegator(number) for number in range(PER_BLOCK, PER_BLOCK + 5)]
    assert waiting(compounding) == late
    assert worth(compounding, 0) > 2 * UNIT == worth(compounding, PER_BLOCK)
    compounding.run_block()
    assert not waiting(compounding)
    assert worth(compounding, PER_BLOCK) > 2 * UNIT


def test_what_waits_to_be_compounded_is_exported_and_compounds_on_the_next_chain(compounding: SimulatedChain) -> None:
    again = continued(compounding)
    assert not waiting(again)
    assert all(worth(again, number) > 2 * UNIT for number in range(PER_BLOCK, PER_BLOCK + 5))


def test_a_genesis_lists_each_bond_that_waits_once(compounding: SimulatedChain) -> None:
    for more in (0, 1):
        document = exported(compounding)
        listed = document["app_state"]["distribution"]["compounding"]
        if more:
            listed.append(listed[0])
        else:
            document["app_state"]["distribution"]["claims"] = []
            document["app_state"]["staking"]["bonds"] = []
        with pytest.raises(BadGenesis, match="waits to be compounded"):
            SimulatedChain(document)
