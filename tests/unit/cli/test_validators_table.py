"""What `qos validators` says of a validator."""

from dataclasses import replace

import pytest

from qos.cli import ranking
from qos.proto.records.cosmos_staking_v1beta1 import Commission, CommissionRates, Description
from qos.proto.records.qos_staking_v1 import Reason, Standing, Status, Validator
from qos.testing.chain import ALICE

VALIDATOR = Validator(
    owner=ALICE.address,
    consensus_key=bytes(32),
    status=Status.STATUS_ACTIVE,
    description=Description(moniker="alice"),
    commission=Commission(commission_rates=CommissionRates(rate=10**17), update_time=0),
    activated=0,
)


@pytest.mark.parametrize(
    ("changes", "power", "words"),
    [
        ({}, 10, "bonded"),
        ({}, 0, "candidate"),
        ({"status": Status.STATUS_INACTIVE, "reason": Reason.REASON_REVOKED}, 0, "inactive (revoked)"),
        (
            {"status": Status.STATUS_INACTIVE, "reason": Reason.REASON_DOUBLE_SIGN, "tombstoned": True},
            0,
            "inactive (double sign, for ever)",
        ),
        ({"status": Status.STATUS_CLOSED, "reason": Reason.REASON_MISSED_BLOCKS}, 0, "closed (missed blocks)"),
    ],
)
def test_a_status_is_told_in_the_papers_words(changes: dict[str, object], power: int, words: str) -> None:
    validator = replace(VALIDATOR, **changes)  # type: ignore[arg-type]
    assert ranking.status_of(Standing(validator=validator, power=power, consensus_address=bytes(20))) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (61, "1 min"), (7_260, "2 h 1 min"), (15 * 86_400 - 60, "14 d 23 h")],
)
def test_a_countdown_has_its_two_largest_units(seconds: int, words: str) -> None:
    assert ranking.span(seconds) == words


def test_a_commission_is_told_in_percent() -> None:
    assert [ranking.percent(rate) for rate in (0, 10**17, 55 * 10**15, 10**18)] == [
        "0.00 %",
        "10.00 %",
        "5.50 %",
        "100.00 %",
    ]
