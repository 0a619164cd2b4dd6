"""[V9] Threat 14: voting power is bonded aqos / 10^18 and stays far below what the engine counts."""

import pytest

from qos.base.amounts import E18
from qos.machine.genesis import MAX_TOTAL_POWER
from qos.modules.assets.bank import operations as bank
from qos.modules.validators.staking import bonding, formulas
from qos.modules.validators.staking.errors import PowerTooLarge
from qos.modules.validators.staking.operations import POOL
from qos.testing.chain import ALICE
from qos.testing.stake import POWER
from qos.testing.stake_chain import StakeChain, coin


def test_all_qos_there_ever_is_has_a_power_the_engine_can_count() -> None:
    assert formulas.power_of(10**10 * E18) == 10**10 < MAX_TOTAL_POWER == 2**63 // 8
    assert [formulas.power_of(tokens) for tokens in (0, E18 - 1, E18, 2 * E18 - 1)] == [0, 0, 1, 1]


def test_a_bond_that_would_lift_the_power_above_the_engines_limit_is_refused() -> None:
    chain = StakeChain(4)
    ctx = chain.scratch()
    rest = MAX_TOTAL_POWER * E18 - 4 * POWER * E18
    bank.mint(ctx, POOL, coin(rest))
    bonding.add(ctx, (), ALICE.address, chain.validator(0), 1)
    bank.mint(ctx, POOL, coin(E18))
    with pytest.raises(PowerTooLarge):
        bonding.add(ctx, (), ALICE.address, chain.validator(1), 1)
