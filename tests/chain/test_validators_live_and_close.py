"""[V1] [V2] [V5] [V6] [V7] The three states of a validator, and what returns when it closes (WP 3.3.1)."""

import pytest

from qos.base.blocktime import DAY_S
from qos.machine.context import MisbehaviorKind
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.validators.staking import errors
from qos.proto.record import Record
from qos.proto.records.cosmos_slashing_v1beta1 import MsgUnjail
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgReturnBond, MsgRevokeValidator, Reason, Status
from qos.testing.chain import ALICE, BOB
from qos.testing.stake import PARAMS, POWER, owner_of
from qos.testing.stake_chain import (
    UNIT,
    StakeChain,
    address_of,
    coin,
    consensus_key,
    creation,
    delegate,
    redelegate,
    undelegate,
)


def revoke(number: int) -> MsgRevokeValidator:
    return MsgRevokeValidator(validator_address=owner_of(number).address)


def activate(number: int, top_up: int = 0) -> MsgActivateValidator:
    wanted = coin(top_up) if top_up else None
    return MsgActivateValidator(validator_address=owner_of(number).address, top_up=wanted)


@pytest.fixture
def chain() -> StakeChain:
    return StakeChain()


@pytest.fixture
def revoked(chain: StakeChain) -> StakeChain:
    chain.ok(ALICE, delegate(ALICE, 3, 5 * UNIT))
    chain.wait(DAY_S)
    chain.ok(owner_of(3), revoke(3))
    return chain


def code_of(chain: StakeChain, number: int, message: Record) -> tuple[str, int]:
    result = chain.do(owner_of(number), message)
    return result.codespace, result.code


def test_a_validator_of_genesis_is_active_and_in_the_set(chain: StakeChain) -> None:
    assert chain.validator(0).status is Status.STATUS_ACTIVE
    assert chain.powers() == {owner_of(number).address: POWER for number in range(4)}


def test_revoking_within_a_day_of_activation_is_refused(chain: StakeChain) -> None:
    """[V6]"""
    assert code_of(chain, 0, revoke(0)) == ("staking", errors.RevokedTooSoon.code.number)
    chain.wait(DAY_S)
    assert code_of(chain, 0, revoke(0)) == ("", 0)
    assert code_of(chain, 0, revoke(0)) == ("staking", errors.ValidatorNotActive.code.number)


def test_who_revokes_is_inactive_and_leaves_the_set(revoked: StakeChain) -> None:
    found = revoked.validator(3)
    assert (found.status, found.reason) == (Status.STATUS_INACTIVE, Reason.REASON_REVOKED)
    assert owner_of(3).address not in revoked.powers()
    refused = revoked.do(ALICE, delegate(ALICE, 3, UNIT))
    assert refused.code == errors.ValidatorNotActive.code.number


def test_an_inactive_validator_comes_back_within_its_survival(revoked: StakeChain) -> None:
    revoked.ok(owner_of(3), activate(3))
    assert revoked.powers()[owner_of(3).address] == POWER + 5
    refused = code_of(revoked, 3, activate(3))
    assert refused == ("staking", errors.NotInactive.code.number)


def test_unjailing_is_activating_without_more_bond(revoked: StakeChain) -> None:
    revoked.ok(owner_of(3), MsgUnjail(validator_addr=owner_of(3).address))
    assert revoked.validator(3).status is Status.STATUS_ACTIVE


def test_a_top_up_grows_the_bond_and_a_negative_one_is_refused(revoked: StakeChain) -> None:
    """Threats 29 and 30: the first implementation let a negative top-up lower a bond."""
    assert revoked.do(owner_of(3), activate(3, -UNIT)).code == errors.WrongAsset.code.number
    revoked.ok(owner_of(3), activate(3, 2 * UNIT))
    assert revoked.worth(owner_of(3).address, 3) == 12 * UNIT


def test_after_its_survival_a_validator_is_closed_and_everything_returns(revoked: StakeChain) -> None:
    before = {key.address: revoked.balance(key.address) for key in (ALICE, owner_of(3))}
    revoked.ok(ALICE, undelegate(ALICE, 3, UNIT))
    revoked.run_blocks(2)
    closes = revoked.validator(3).closes
    assert closes is not None
    revoked.wait(PARAMS.survival_secs + 60)
    assert code_of(revoked, 3, activate(3)) == ("staking", errors.TooLate.code.number)
    revoked.run_blocks(2)
    assert revoked.find(3) is None
    assert revoked.balance(ALICE.address) - before[ALICE.address] == 5 * UNIT
    assert revoked.balance(owner_of(3).address) - before[owner_of(3).address] == POWER * UNIT


def test_survival_runs_from_the_last_block_a_validator_could_sign(chain: StakeChain) -> None:
    """[V2] A long pause right after it left the set does not let its bonds go before evidence is too old."""
    chain.wait(DAY_S)
    chain.ok(owner_of(3), revoke(3))
    assert chain.validator(3).closes is None
    chain.wait(10 * DAY_S)
    chain.run_block()
    signed_last = chain.next_block().time_ns
    chain.run_block()
    closes = chain.validator(3).closes
    assert closes is not None
    assert closes >= signed_last + PARAMS.survival_secs * 10**9


def test_bonds_move_away_from_an_inactive_validator_and_never_to_one(revoked: StakeChain) -> None:
    """[V6]"""
    refused = revoked.do(ALICE, redelegate(ALICE, 3, 3, UNIT))
    assert refused.code == errors.SameValidator.code.number
    revoked.ok(ALICE, redelegate(ALICE, 3, 0, 2 * UNIT))
    assert (revoked.worth(ALICE.address, 3), revoked.worth(ALICE.address, 0)) == (3 * UNIT, 2 * UNIT)
    revoked.ok(BOB, delegate(BOB, 1, UNIT))
    back = revoked.do(BOB, redelegate(BOB, 1, 3, UNIT))
    assert (back.codespace, back.code) == ("staking", errors.ValidatorNotActive.code.number)


def test_a_slash_that_leaves_too_little_of_its_own_makes_a_validator_inactive(chain: StakeChain) -> None:
    """[V5] Its owner moved a bond here from one that had signed twice, and took the same amount back."""
    owner = owner_of(1)
    chain.ok(owner, delegate(owner, 0, 5 * UNIT))
    offence = chain.height
    chain.ok(owner, redelegate(owner, 0, 1, 5 * UNIT))
    chain.ok(owner, undelegate(owner, 1, 5 * UNIT))
    chain.misbehave(0, height=offence, power=POWER + 5)
    chain.run_blocks(2)
    found = chain.validator(1)
    assert chain.worth(owner.address, 1) == (POWER - 1) * UNIT
    assert (found.status, found.reason, found.tombstoned) == (
        Status.STATUS_INACTIVE,
        Reason.REASON_SELF_BOND,
        False,
    )
    assert code_of(chain, 1, activate(1)) == ("staking", errors.SelfBondTooSmall.code.number)
    assert code_of(chain, 1, activate(1, UNIT)) == ("", 0)


def test_nothing_is_due_from_a_validator_that_is_not_closed(revoked: StakeChain) -> None:
    asked = MsgReturnBond(sender=BOB.address, delegator_address=ALICE.address, validator_address=owner_of(3).address)
    assert revoked.do(BOB, asked).code == errors.NothingDue.code.number


def test_self_bond_below_the_minimum_is_refused_by_unbonding_unless_inactive(revoked: StakeChain) -> None:
    """[V5]"""
    assert code_of(revoked, 0, undelegate(owner_of(0), 0, 1)) == ("staking", errors.SelfBondTooSmall.code.number)
    assert code_of(revoked, 3, undelegate(owner_of(3), 3, UNIT)) == ("", 0)
    assert code_of(revoked, 3, activate(3)) == ("staking", errors.SelfBondTooSmall.code.number)
    assert code_of(revoked, 3, activate(3, UNIT)) == ("", 0)


def test_too_many_missed_blocks_make_a_validator_inactive(chain: StakeChain) -> None:
    """[V1] 10 of the last 20 missed: it signed no more than voting_status_least."""
    chain.absent = frozenset((address_of(2),))
    chain.run_blocks(9)
    assert chain.validator(2).status is Status.STATUS_ACTIVE
    chain.run_block()
    found = chain.validator(2)
    assert (found.status, found.reason) == (Status.STATUS_INACTIVE, Reason.REASON_MISSED_BLOCKS)
    assert found.tokens == POWER * UNIT - POWER * UNIT // 10**4
    assert chain.balance(COMMUNITY_POOL) == POWER * UNIT // 10**4


def test_votes_for_no_block_are_not_missed(chain: StakeChain) -> None:
    chain.nil = frozenset((address_of(2),))
    chain.run_blocks(30)
    assert chain.validator(2).status is Status.STATUS_ACTIVE


def test_signed_blocks_push_misses_out_of_the_window(chain: StakeChain) -> None:
    for _ in range(4):
        chain.absent = frozenset((address_of(2),))
        chain.run_blocks(9)
        chain.absent = frozenset()
        chain.run_blocks(20)
    assert chain.validator(2).status is Status.STATUS_ACTIVE


def test_the_window_is_cleared_by_coming_back_at_most_once_a_window(chain: StakeChain) -> None:
    """[V1] Who came back and misses again at once is inactive at its first miss."""
    chain.absent = frozenset((address_of(2),))
    chain.run_blocks(10)
    chain.ok(owner_of(2), activate(2, UNIT))
    chain.run_blocks(11)
    assert chain.validator(2).status is Status.STATUS_ACTIVE
    chain.run_blocks(2)
    assert chain.validator(2).status is Status.STATUS_INACTIVE
    chain.ok(owner_of(2), activate(2, UNIT))
    chain.run_blocks(4)
    assert chain.validator(2).status is Status.STATUS_INACTIVE


def test_signing_twice_slashes_a_fifth_and_bars_for_ever(chain: StakeChain) -> None:
    """[V2]"""
    chain.ok(ALICE, delegate(ALICE, 1, 10 * UNIT))
    chain.misbehave(1, power=20)
    chain.run_block()
    found = chain.validator(1)
    assert (found.status, found.reason, found.tombstoned) == (
        Status.STATUS_INACTIVE,
        Reason.REASON_DOUBLE_SIGN,
        True,
    )
    assert (chain.worth(ALICE.address, 1), chain.worth(owner_of(1).address, 1)) == (8 * UNIT, 8 * UNIT)
    assert chain.balance(COMMUNITY_POOL) == 4 * UNIT
    assert owner_of(1).address not in chain.powers()
    assert code_of(chain, 1, activate(1, 5 * UNIT)) == ("staking", errors.Tombstoned.code.number)


def test_a_second_offence_slashes_what_remains(chain: StakeChain) -> None:
    """[V2]"""
    chain.misbehave(1)
    chain.run_block()
    chain.misbehave(1)
    chain.run_block()
    assert chain.validator(1).tokens == 6 * UNIT


def test_one_offence_is_punished_once_however_it_is_told(chain: StakeChain) -> None:
    """[V2] Evidence differs by what no signature covers; votes of one height and an attack slash once."""
    for _ in range(3):
        chain.misbehave(1, height=2)
        chain.run_block()
    assert chain.validator(1).tokens == 8 * UNIT
    for height in (1, 2, 3):
        chain.misbehave(1, height=height, kind=MisbehaviorKind.LIGHT_CLIENT_ATTACK)
        chain.run_block()
    assert chain.validator(1).tokens == 6 * UNIT


def test_evidence_is_judged_by_block_time_alone(chain: StakeChain) -> None:
    """[V3]"""
    limit_s = PARAMS.max_evidence_age // 10**9
    chain.misbehave(1, age_s=limit_s + 1)
    chain.run_block()
    assert not chain.validator(1).tombstoned
    chain.misbehave(1, age_s=limit_s)
    chain.run_block()
    assert chain.validator(1).tombstoned


def test_the_key_of_a_tombstoned_validator_never_returns(chain: StakeChain) -> None:
    """[V2] Its owner may make another validator once the first is gone, not with that key."""
    chain.misbehave(1)
    chain.run_blocks(4)
    chain.wait(PARAMS.survival_secs)
    chain.run_blocks(2)
    assert chain.find(1) is None
    refused = chain.do(owner_of(1), creation(owner_of(1), consensus_key(1), 10 * UNIT))
    assert refused.code == errors.ConsensusKeyUsed.code.number
    chain.ok(owner_of(1), creation(owner_of(1), consensus_key(9), 10 * UNIT))
    assert chain.powers()[owner_of(1).address] == POWER
