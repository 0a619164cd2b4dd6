"""What an allowance permits."""

from dataclasses import replace

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.machine.errors import InvalidCoins, InvalidRequest
from qos.modules.assets.feegrant import allowances
from qos.modules.assets.feegrant.allowances import Allowance
from qos.modules.assets.feegrant.errors import (
    FeeLimitExceeded,
    FeeLimitExpired,
    InvalidPeriod,
    MessageNotAllowed,
    NoMessages,
)
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_feegrant_v1beta1 import AllowedMsgAllowance, BasicAllowance, Grant, PeriodicAllowance
from qos.testing.transactions import aqos

NOW = 1_000 * SECOND_NS
SEND, VOTE = "/cosmos.bank.v1beta1.MsgSend", "/cosmos.gov.v1.MsgVote"
MESSAGES = (AnyRecord(type_url=SEND),)
BASIC = BasicAllowance(spend_limit=aqos(100), expiration=NOW)
PERIODIC = PeriodicAllowance(
    basic=BasicAllowance(spend_limit=aqos(100)), period=10, period_spend_limit=aqos(30), period_can_spend=aqos(20),
    period_reset=NOW + 5,
)  # fmt: skip
ONLY_SEND = AllowedMsgAllowance(allowance=codec.pack(BASIC), allowed_messages=(SEND,))


def spent(allowance: Allowance, fee: int, now: int = NOW, messages: tuple[AnyRecord, ...] = MESSAGES) -> object:
    return allowances.spend(allowance, aqos(fee) if fee else (), messages, now)


def test_a_basic_allowance_shrinks_by_the_fee_and_ends_with_the_last_coin() -> None:
    assert spent(BASIC, 99) == replace(BASIC, spend_limit=aqos(1))
    assert spent(BASIC, 100) is None
    assert spent(BASIC, 0) == BASIC


def test_an_allowance_without_limit_stays_as_it_is() -> None:
    assert spent(BasicAllowance(), 10**30) == BasicAllowance()


def test_more_than_the_limit_or_another_asset_is_refused() -> None:
    with pytest.raises(FeeLimitExceeded):
        spent(BASIC, 101)
    with pytest.raises(FeeLimitExceeded):
        allowances.spend(BASIC, (Coin(denom="qsc/ABC", amount=1),), MESSAGES, NOW)


def test_an_allowance_is_good_up_to_its_expiration_and_not_a_nanosecond_longer() -> None:
    assert spent(BASIC, 1, NOW) is not None
    with pytest.raises(FeeLimitExpired):
        spent(BASIC, 1, NOW + 1)
    with pytest.raises(FeeLimitExpired):
        spent(replace(PERIODIC, basic=BASIC), 1, NOW + 1)


def test_a_period_has_its_own_limit_within_the_whole() -> None:
    assert spent(PERIODIC, 20) == replace(PERIODIC, basic=BasicAllowance(spend_limit=aqos(80)), period_can_spend=())
    with pytest.raises(FeeLimitExceeded):
        spent(PERIODIC, 21)


@pytest.mark.parametrize(("now", "reset"), [(NOW + 5, NOW + 15), (NOW + 14, NOW + 15), (NOW + 15, NOW + 25)])
def test_the_next_period_begins_at_its_reset_and_skipped_ones_give_nothing(now: int, reset: int) -> None:
    found = spent(PERIODIC, 30, now)
    assert isinstance(found, PeriodicAllowance)
    assert (found.period_can_spend, found.period_reset) == ((), reset)
    with pytest.raises(FeeLimitExceeded):
        spent(PERIODIC, 31, now)


def test_a_periodic_allowance_ends_when_the_whole_is_spent() -> None:
    nearly = replace(PERIODIC, basic=BasicAllowance(spend_limit=aqos(5)))
    assert spent(nearly, 5) is None
    with pytest.raises(FeeLimitExceeded):
        spent(nearly, 6)


def test_a_periodic_allowance_without_reset_begins_with_its_first_use() -> None:
    fresh = replace(PERIODIC, period_reset=None, period_can_spend=())
    found = spent(fresh, 30)
    assert isinstance(found, PeriodicAllowance)
    assert found.period_reset == NOW + 10


def test_an_allowance_for_some_messages_covers_no_other_and_shrinks_inside() -> None:
    found = spent(ONLY_SEND, 40)
    assert found == replace(ONLY_SEND, allowance=codec.pack(replace(BASIC, spend_limit=aqos(60))))
    with pytest.raises(MessageNotAllowed):
        spent(ONLY_SEND, 1, messages=(*MESSAGES, AnyRecord(type_url=VOTE)))
    assert spent(ONLY_SEND, 100) is None


@pytest.mark.parametrize("allowance", [BASIC, BasicAllowance(), PERIODIC, ONLY_SEND])
def test_sensible_allowances_are_taken(allowance: Allowance) -> None:
    allowances.check(allowance, NOW - 1)
    assert allowances.read(codec.pack(allowance)) == allowance


@pytest.mark.parametrize(
    ("allowance", "error"),
    [
        (BasicAllowance(spend_limit=aqos(0)), InvalidCoins),
        (BasicAllowance(spend_limit=aqos(-1)), InvalidCoins),
        (BasicAllowance(spend_limit=aqos(1) * 2), InvalidCoins),
        (BasicAllowance(expiration=NOW), InvalidRequest),
        (replace(PERIODIC, basic=replace(BASIC, expiration=NOW - 1)), InvalidRequest),
        (replace(PERIODIC, period=0), InvalidPeriod),
        (replace(PERIODIC, period=-1), InvalidPeriod),
        (replace(PERIODIC, period_spend_limit=()), InvalidCoins),
        (replace(PERIODIC, period_can_spend=aqos(31)), InvalidCoins),
        (replace(PERIODIC, period_can_spend=(Coin(denom="qsc/ABC", amount=1),)), InvalidCoins),
        (replace(ONLY_SEND, allowed_messages=()), NoMessages),
        (replace(ONLY_SEND, allowed_messages=(SEND, SEND)), InvalidRequest),
        (replace(ONLY_SEND, allowed_messages=("MsgSend",)), InvalidRequest),
        (replace(ONLY_SEND, allowed_messages=("/" + "x" * 200,)), InvalidRequest),
        (replace(ONLY_SEND, allowance=codec.pack(ONLY_SEND)), InvalidRequest),
        (replace(ONLY_SEND, allowance=codec.pack(BasicAllowance(spend_limit=aqos(0)))), InvalidCoins),
    ],
)
def test_an_allowance_that_makes_no_sense_is_refused(allowance: Allowance, error: type[RuleViolation]) -> None:
    with pytest.raises(error):
        allowances.check(allowance, NOW)


def test_what_is_no_allowance_is_refused() -> None:
    grant = Grant(granter=Address(b"a" * 20), grantee=Address(b"b" * 20), allowance=codec.pack(BASIC))
    with pytest.raises(InvalidRequest):
        allowances.read(codec.pack(grant))
