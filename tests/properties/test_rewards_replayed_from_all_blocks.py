"""[V8] [I4] What a delegator earned, recomputed naively from all blocks, is the chain's lazy figure: difference 0."""

import os
import random
from collections import defaultdict
from hashlib import sha256
from typing import Any

import pytest

from qos.base.identifiers import Address
from qos.modules.economics.distribution import rewards
from qos.modules.economics.distribution.formulas import SCALE
from qos.modules.economics.distribution.state import CLAIMS
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking.state import VALIDATORS
from qos.proto.records.cosmos_distribution_v1beta1 import MsgSetWithdrawAddress, MsgWithdrawDelegatorReward
from qos.proto.records.qos_distribution_v1 import Payout
from qos.testing.chain import ALICE, BOB, CAROL, DAVE
from qos.testing.reward_world import (
    ABSENT,
    COMMIT,
    GAS,
    NIL,
    QOS,
    RewardChain,
    delegate,
    owner,
    redelegate,
    reward_document,
    undelegate,
)
from qos.testing.transactions import Key

DELEGATORS = (ALICE, BOB, CAROL, DAVE)
SEEDS, BLOCKS = (20, 500) if os.environ.get("QOS_LONG") == "1" else (2, 40)
Bonds = dict[Address, dict[Address, int]]


def purse(key: Key) -> Address:
    """Return an account that gets nothing but a delegator's rewards."""
    return Address(sha256(b"purse" + key.address).digest()[:20])


def bonds(chain: RewardChain) -> Bonds:
    """Return the shares of every bond by validator and delegator."""
    found: Bonds = {}
    for name, _ in VALIDATORS.items(chain.state()):
        found[name] = {bond.delegator: bond.shares for bond in staking.bonds_to(chain.state(), name)}
    return found


class Naive:
    """Adds up what every bond gets of every block, eagerly and one by one, with the rule of the index alone."""

    def __init__(self) -> None:
        self.carry: dict[Address, int] = defaultdict(int)
        self.earned: dict[tuple[Address, Address], int] = defaultdict(int)
        self.paid: dict[Address, int] = defaultdict(int)

    def pay(self, payout: Payout, before: Bonds) -> None:
        """Credit the bonds that stood when the block began."""
        for each in payout.signers:
            shares = before[each.validator_address]
            pot = (each.reward - each.commission) * SCALE + self.carry[each.validator_address]
            whole = sum(shares.values())
            if not each.reward and not each.commission:
                continue
            for who, part in shares.items():
                self.earned[each.validator_address, who] += part * (pot // whole)
            self.carry[each.validator_address] = pot - whole * (pot // whole)

    def forget(self, before: Bonds, after: Bonds) -> None:
        """Give the part below one aqos of bonds that are gone to the others of their validator."""
        for name, shares in before.items():
            for who in shares:
                if who not in after.get(name, {}):
                    whole, rest = divmod(self.earned.pop((name, who), 0), SCALE)
                    self.paid[who] += whole
                    self.carry[name] += rest


def action(chance: random.Random, chain: RewardChain, key: Key) -> Any:
    """Return a random message of a delegator; some of them will be refused."""
    one, other = chance.sample(range(4), 2)
    amount = chance.choice((1, 7, QOS, chance.randrange(1, 500 * QOS)))
    held = staking.get_bond(chain.state(), key.address, owner(one))
    if held is not None and chance.random() < 0.3:
        amount = staking.bond_value(staking.require_validator(chain.state(), owner(one)), held.shares)
    return chance.choice(
        (
            delegate(key, one, amount),
            delegate(key, one, amount),
            undelegate(key, one, amount),
            redelegate(key, one, other, amount),
            MsgWithdrawDelegatorReward(delegator_address=key.address, validator_address=owner(one)),
        )
    )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_naive_and_lazy_rewards_are_equal_to_the_last_part_of_an_aqos(seed: int) -> None:
    chance, chain, naive = random.Random(seed), RewardChain(reward_document()), Naive()
    chain.run_block(
        *(
            chain.tx(key, MsgSetWithdrawAddress(delegator_address=key.address, withdraw_address=purse(key)))
            for key in DELEGATORS
        )
    )
    for name, row in ((owner(number), chain.row(number)) for number in range(4)):
        naive.carry[name] = row.carry
        naive.earned[name, name] = row.bonds * SCALE - row.carry
    for _ in range(BLOCKS):
        chain.flags = {number: chance.choice((COMMIT,) * 8 + (NIL, ABSENT)) for number in range(4)}
        chain.proposer = chance.randrange(4)
        txs = [chain.tx(key, action(chance, chain, key), gas=GAS) for key in DELEGATORS if chance.random() < 0.5]
        before = bonds(chain)
        chain.run_block(*txs)
        naive.pay(chain.payout(), before)
        naive.forget(before, bonds(chain))
    for key in DELEGATORS:
        lazy = chain.balance(purse(key)) * SCALE
        eager = naive.paid[key.address] * SCALE
        for bond in staking.bonds_of(chain.state(), key.address):
            row = rewards.of_validator(chain.state(), bond.validator)
            claim = CLAIMS.require(chain.state(), (bond.validator, bond.delegator), KeyError)
            lazy += rewards.counted(row, claim, bond.shares).owed
            eager += naive.earned[bond.validator, bond.delegator]
        assert lazy == eager > 0, f"seed {seed}"
