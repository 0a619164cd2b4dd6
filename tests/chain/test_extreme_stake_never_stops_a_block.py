"""Threat 13: whatever governance may set of stake and penalties, and whatever validators do then, blocks go on."""

from dataclasses import replace

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.modules.assets.bank import operations as bank
from qos.proto.record import Record
from qos.proto.records.cosmos_slashing_v1beta1 import MsgUnjail
from qos.proto.records.qos_slashing_v1 import Params as Penalties
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgRevokeValidator, Params
from qos.testing.chain import ALICE
from qos.testing.stake import PARAMS, owner_of
from qos.testing.stake_chain import UNIT, StakeChain, address_of, coin, delegate, redelegate, undelegate
from qos.testing.transactions import Key

EVERY = 4
SHORTEST = replace(
    PARAMS,
    unbonding_time=4,
    survival_secs=1,
    revoke_wait=0,
    commission_period=1,
    max_evidence_age=3,
    evidence_margin=0,
    trusting_period=1,
    trusting_margin=0,
    max_entries=1,
)
LONGEST_NS = 3_650 * DAY_NS
LONGEST = replace(PARAMS, unbonding_time=LONGEST_NS, survival_secs=LONGEST_NS // SECOND_NS, revoke_wait=LONGEST_NS)
FEW = replace(PARAMS, min_validators=1, max_validators=1, min_self_bond=1, max_entries=100)
FULL = replace(PARAMS, min_validators=EVERY, max_validators=EVERY)


def penalties(window: int, least: int, downtime: int, double: int) -> Penalties:
    return Penalties(
        voting_status_len=window,
        voting_status_least=least,
        slash_fraction_downtime=downtime,
        slash_fraction_double_sign=double,
    )


def deeds(number: int) -> tuple[tuple[Key, Record], ...]:
    """Return what is tried with each validator, and who signs it; much of it is refused."""
    owner, other = owner_of(number), (number + 1) % EVERY
    return (
        (ALICE, delegate(ALICE, number, 1)),
        (ALICE, delegate(ALICE, number, 5 * UNIT)),
        (ALICE, redelegate(ALICE, number, other, 1)),
        (ALICE, redelegate(ALICE, number, other, UNIT)),
        (ALICE, undelegate(ALICE, number, 1)),
        (ALICE, undelegate(ALICE, number, UNIT)),
        (owner, undelegate(owner, number, UNIT)),
        (owner, MsgRevokeValidator(validator_address=owner.address)),
        (owner, MsgUnjail(validator_addr=owner.address)),
        (owner, MsgActivateValidator(validator_address=owner.address, top_up=coin(UNIT))),
    )


@pytest.mark.parametrize("rules", [SHORTEST, LONGEST, FEW, FULL], ids=["shortest", "longest", "few", "full"])
@pytest.mark.parametrize(
    "hard",
    [
        penalties(1, 0, E18, E18),
        penalties(1, 0, 0, 0),
        penalties(100_000, 60_000, E18, 1),
        penalties(5, 3, 1, E18 - 1),
    ],
    ids=["all is lost at the first miss", "nothing is ever lost", "the longest window", "all but a trace is lost"],
)
def test_a_chain_lives_on_whatever_its_parameters_are(rules: Params, hard: Penalties) -> None:
    """Every invariant runs after every block; nothing is lost or made; somebody goes on making blocks."""
    chain = StakeChain(EVERY, params=rules, penalties=hard)
    before = bank.supply(chain.state(), "aqos")
    for round_ in range(3):
        for number in range(EVERY):
            for signer, message in deeds(number):
                chain.do(signer, message)
            chain.misbehave(number, height=max(1, chain.height - round_), power=15)
            chain.absent = frozenset(map(address_of, range(number + 1)))
            chain.run_blocks(2)
        chain.absent = frozenset()
        chain.wait((1, 60, 3_650 * 86_400)[round_])
        chain.run_blocks(3)
        assert chain.powers()
    assert bank.supply(chain.state(), "aqos") == before
