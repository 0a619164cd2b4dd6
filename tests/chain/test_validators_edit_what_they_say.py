"""What validators say of themselves (WP 3.3; protocol section 6): every change, every refusal, commission in steps."""

from dataclasses import replace

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.errors import RuleViolation
from qos.modules.validators.staking import errors
from qos.modules.validators.staking.creating import UNCHANGED
from qos.modules.validators.staking.state import VALIDATORS
from qos.proto import codec
from qos.proto.records.cosmos_crypto_secp256k1 import PubKey
from qos.proto.records.cosmos_staking_v1beta1 import CommissionRates, Description, MsgEditValidator
from qos.proto.scalars import MalformedField
from qos.testing.chain import ALICE
from qos.testing.stake import PARAMS, POWER, RATES, owner_of
from qos.testing.stake_chain import UNIT, StakeChain, consensus_key, creation, delegate
from qos.testing.transactions import Key

OWNER = owner_of(0)
PERCENT = 10**16
DAY_S = PARAMS.commission_period // SECOND_NS
KEPT = Description(
    moniker=UNCHANGED, identity=UNCHANGED, website=UNCHANGED, security_contact=UNCHANGED, details=UNCHANGED
)


def edit(key: Key = OWNER, description: Description = KEPT, rate: object = "", least: object = "") -> MsgEditValidator:
    return MsgEditValidator(
        description=description,
        validator_address=key.address,
        commission_rate=str(rate),
        min_self_delegation=str(least),
    )


@pytest.fixture
def chain() -> StakeChain:
    return StakeChain()


@pytest.fixture
def aged(chain: StakeChain) -> StakeChain:
    """A chain whose validators have had their commission for a day."""
    chain.wait(DAY_S)
    return chain


def refused(chain: StakeChain, message: MsgEditValidator, key: Key = OWNER) -> tuple[str, int]:
    before = dict(VALIDATORS.items(chain.state()))
    result = chain.do(key, message)
    assert dict(VALIDATORS.items(chain.state())) == before
    return result.codespace, result.code


def rate_of(chain: StakeChain, number: int = 0) -> int:
    return chain.validator(number).commission.commission_rates.rate


def code(error: type[RuleViolation]) -> tuple[str, int]:
    return error.code.codespace, error.code.number


def test_named_parts_change_and_the_others_stay(chain: StakeChain) -> None:
    chain.ok(OWNER, edit(description=replace(KEPT, website="https://example.org", details="first")))
    chain.ok(OWNER, edit(description=replace(KEPT, moniker="another name", details="")))
    found = chain.validator(0)
    assert found.description == Description(moniker="another name", website="https://example.org")
    assert (found.commission, found.min_self_bond) == (StakeChain().validator(0).commission, 0)


def test_an_account_without_a_validator_edits_nothing(chain: StakeChain) -> None:
    assert refused(chain, edit(ALICE), ALICE) == code(errors.UnknownValidator)


def test_a_validator_keeps_a_name(chain: StakeChain) -> None:
    assert refused(chain, edit(description=replace(KEPT, moniker=""))) == code(errors.BadDescription)


@pytest.mark.parametrize(
    ("part", "most"),
    [("moniker", 70), ("identity", 3000), ("website", 140), ("security_contact", 140), ("details", 280)],
)
def test_each_part_of_a_description_has_its_length(chain: StakeChain, part: str, most: int) -> None:
    chain.ok(OWNER, edit(description=replace(KEPT, **{part: "x" * most})))
    assert getattr(chain.validator(0).description, part) == "x" * most
    assert refused(chain, edit(description=replace(KEPT, **{part: "x" * (most + 1)}))) == code(MalformedField)


@pytest.mark.parametrize("text", ["0.1", "1e17", "10%", "", " 1", "-0", "9" * 78])
def test_a_rate_is_an_integer_or_nothing(chain: StakeChain, text: str) -> None:
    if not text:
        chain.ok(OWNER, edit(rate=text))
        return
    assert refused(chain, edit(rate=text)) == code(MalformedField)
    assert refused(chain, edit(least=text)) == code(MalformedField)


def test_the_commission_rises_by_a_step_a_day(aged: StakeChain) -> None:
    """At most 1 % a day, and another rise only a whole day after the last change."""
    assert refused(aged, edit(rate=11 * PERCENT + 1)) == code(errors.BadCommission)
    aged.ok(OWNER, edit(rate=11 * PERCENT))
    changed = aged.validator(0).commission.update_time
    aged.skew_ns += changed + PARAMS.commission_period - 1 - aged.next_block().time_ns
    assert refused(aged, edit(rate=12 * PERCENT)) == code(errors.BadCommission)
    aged.skew_ns += changed + PARAMS.commission_period - aged.next_block().time_ns
    aged.ok(OWNER, edit(rate=12 * PERCENT))
    assert rate_of(aged) == 12 * PERCENT


def test_a_long_wait_saves_up_no_steps(chain: StakeChain) -> None:
    chain.wait(30 * DAY_S)
    assert refused(chain, edit(rate=12 * PERCENT)) == code(errors.BadCommission)


def test_the_commission_of_a_new_validator_rises_after_a_day(chain: StakeChain) -> None:
    """The day runs from creation."""
    assert refused(chain, edit(rate=10 * PERCENT + 1)) == code(errors.BadCommission)


def test_the_commission_falls_at_any_time_and_rises_a_day_later(chain: StakeChain) -> None:
    chain.ok(OWNER, edit(rate=9 * PERCENT))
    chain.ok(OWNER, edit(rate=5 * PERCENT))
    assert refused(chain, edit(rate=5 * PERCENT + 1)) == code(errors.BadCommission)
    chain.wait(DAY_S)
    chain.ok(OWNER, edit(rate=6 * PERCENT))


def test_a_validators_own_step_binds_when_it_is_smaller(chain: StakeChain) -> None:
    careful = replace(RATES, max_change_rate=PERCENT // 2)
    chain.ok(ALICE, creation(ALICE, consensus_key(9), POWER * UNIT, commission=careful))
    chain.wait(DAY_S)
    assert refused(chain, edit(ALICE, rate=10 * PERCENT + PERCENT // 2 + 1), ALICE) == code(errors.BadCommission)
    chain.ok(ALICE, edit(ALICE, rate=10 * PERCENT + PERCENT // 2))


def test_the_commission_stays_within_the_chains_bounds_and_its_own(aged: StakeChain) -> None:
    """5 to 50 %, and never above the max_rate a validator promised."""
    assert refused(aged, edit(rate=5 * PERCENT - 1)) == code(errors.BadCommission)
    assert refused(aged, edit(rate=-PERCENT)) == code(errors.BadCommission)
    promised = CommissionRates(rate=10 * PERCENT, max_rate=10 * PERCENT, max_change_rate=PERCENT)
    aged.ok(ALICE, creation(ALICE, consensus_key(9), POWER * UNIT, commission=promised))
    aged.wait(DAY_S)
    assert refused(aged, edit(ALICE, rate=10 * PERCENT + 1), ALICE) == code(errors.BadCommission)


def test_a_promised_self_bond_rises_to_at_most_what_is_held_and_then_binds(chain: StakeChain) -> None:
    """[V5]"""
    assert refused(chain, edit(least=0)) == code(errors.SelfBondTooSmall)
    assert refused(chain, edit(least=POWER * UNIT + 1)) == code(errors.SelfBondTooSmall)
    chain.ok(OWNER, delegate(OWNER, 0, 5 * UNIT), edit(least=12 * UNIT))
    assert refused(chain, edit(least=12 * UNIT)) == code(errors.SelfBondTooSmall)
    assert refused(chain, edit(least=11 * UNIT)) == code(errors.SelfBondTooSmall)
    chain.ok(OWNER, edit(least=15 * UNIT))
    assert chain.validator(0).min_self_bond == 15 * UNIT


@pytest.mark.parametrize(
    "rates",
    [
        replace(RATES, rate=5 * PERCENT - 1),
        replace(RATES, rate=50 * PERCENT + 1, max_rate=60 * PERCENT),
        replace(RATES, max_rate=10 * PERCENT - 1),
        replace(RATES, max_rate=10**18 + 1),
        replace(RATES, max_change_rate=-1),
        replace(RATES, max_change_rate=50 * PERCENT + 1),
    ],
)
def test_a_new_validator_names_a_commission_that_can_be(chain: StakeChain, rates: CommissionRates) -> None:
    result = chain.do(ALICE, creation(ALICE, consensus_key(9), POWER * UNIT, commission=rates))
    assert (result.codespace, result.code) == code(errors.BadCommission)
    assert chain.balance(ALICE.address) == StakeChain().balance(ALICE.address)


@pytest.mark.parametrize(
    "rates",
    [
        CommissionRates(rate=5 * PERCENT, max_rate=5 * PERCENT, max_change_rate=0),
        CommissionRates(rate=50 * PERCENT, max_rate=10**18, max_change_rate=10**18),
    ],
)
def test_a_commission_may_lie_at_its_bounds(chain: StakeChain, rates: CommissionRates) -> None:
    chain.ok(ALICE, creation(ALICE, consensus_key(9), POWER * UNIT, commission=rates))


def test_a_new_validator_brings_a_name_a_free_key_and_enough_bond(chain: StakeChain) -> None:
    """[V2] [V5]"""
    enough, key = POWER * UNIT, consensus_key(9)
    for message, error in (
        (creation(ALICE, key, enough, description=Description()), errors.BadDescription),
        (creation(ALICE, consensus_key(1), enough), errors.ConsensusKeyUsed),
        (creation(ALICE, key, enough, pubkey=codec.pack(PubKey(key=ALICE.public))), errors.BadConsensusKey),
        (creation(ALICE, b"x" * 31, enough), MalformedField),
        (creation(ALICE, key, enough - 1), errors.SelfBondTooSmall),
        (creation(ALICE, key, enough, min_self_delegation=enough + 1), errors.SelfBondTooSmall),
        (creation(ALICE, key, enough, min_self_delegation=-1), errors.SelfBondTooSmall),
        (creation(ALICE, key, 0), errors.WrongAsset),
    ):
        result = chain.do(ALICE, message)
        assert (result.codespace, result.code) == code(error), result.log
    chain.ok(ALICE, creation(ALICE, key, enough, min_self_delegation=enough))
    again = chain.do(ALICE, creation(ALICE, consensus_key(10), enough))
    assert (again.codespace, again.code) == code(errors.ValidatorExists)
