"""What `qos validators` says of a validator."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.base.blocktime import DAY_NS
from qos.base.identifiers import VALIDATOR_PREFIX, format_address
from qos.cli import ranking
from qos.proto.records.cosmos_staking_v1beta1 import Commission, CommissionRates, Description
from qos.proto.records.qos_staking_v1 import Reason, Standing, Status, Validator
from qos.testing.chain import ALICE, BOB

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
def test_a_status_is_told_in_the_papers_words(changes: dict[str, Any], power: int, words: str) -> None:
    validator = replace(VALIDATOR, **changes)
    assert ranking.status_of(Standing(validator=validator, power=power, consensus_address=bytes(20))) == words


def test_a_table_fits_a_terminal_of_80_columns() -> None:
    """Each validator with power, misses that are left, countdown; its address, bond and reason below."""
    gone = replace(
        VALIDATOR,
        description=Description(moniker="m" * 300),
        status=Status.STATUS_INACTIVE,
        reason=Reason.REASON_DOUBLE_SIGN,
        tombstoned=True,
        closes=15 * DAY_NS,
        tokens=4_900_000_000 * E18 - 1,
    )
    bonded = replace(VALIDATOR, tokens=612_500_000 * E18, description=Description(moniker="validator-0"))
    shown = [
        Standing(validator=gone, self_bond=4_900_000_000 * E18 - 1, consensus_address=bytes(20)),
        Standing(validator=bonded, power=612_500_000, consensus_address=BOB.address),
    ]
    lines = ranking.listing(shown, {BOB.address: 4_321}, 60 * 10**9, "aqos").split("\n")
    assert max(len(line) for line in lines) <= 80
    assert lines[0].split() == "validator status power bonded QOS takes may miss left".split()
    assert lines[1].split() == ["m" * 11 + "…", *"inactive 0 4,899,999,999 10.00 % 14 d 23 h".split()]
    operator = format_address(ALICE.address, VALIDATOR_PREFIX)
    assert lines[2:4] == [f"  {operator}  own 4,899,999,999 QOS", "  double sign, for ever"]
    assert lines[4].split() == "validator-0 bonded 612500000 612,500,000 10.00 % 4321".split()


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
