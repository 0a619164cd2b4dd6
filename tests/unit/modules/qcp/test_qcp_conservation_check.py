"""Two answers show that nowhere circulates more than is set aside, or that they cannot show it ([Q13])."""

from dataclasses import replace

import pytest

from qos.modules.crosschain.qcp.conservation import Comparison, compare
from qos.proto.records.qos_qcp_v1 import LedgerAsset, LedgerVoucher, QueryLedgerResponse, QueueState

ASSET = LedgerAsset(denom="aqos", voucher="qcp/1", outstanding=70, waiting=30)
HOME = QueryLedgerResponse(
    chain_id="qos-1",
    outgoing=b"out",
    incoming=b"in",
    queue=QueueState(outbox=5, inbox=3),
    assets=(ASSET,),
)
ABROAD = QueryLedgerResponse(
    chain_id="shop-1",
    outgoing=b"in",
    incoming=b"out",
    queue=QueueState(outbox=3, inbox=5),
    vouchers=(LedgerVoucher(denom="qcp/1", supply=100),),
)


def abroad(supply: int, denom: str = "qcp/1") -> QueryLedgerResponse:
    return replace(ABROAD, vouchers=(LedgerVoucher(denom=denom, supply=supply),))


def gaps(found: Comparison) -> list[tuple[str, str, int]]:
    return [(line.home, line.voucher, line.gap) for line in found.gaps]


@pytest.mark.parametrize(("supply", "gap"), [(0, 0), (99, 0), (100, 0), (101, 1)])
def test_a_gap_begins_one_unit_above_what_is_set_aside(supply, gap):
    found = compare(HOME, abroad(supply))
    assert found.incomparable == ""
    assert [line.gap for line in found.lines] == [gap]
    assert compare(abroad(supply), HOME).gaps == found.gaps


def test_what_circulates_without_anything_at_home_is_a_gap():
    assert gaps(compare(HOME, abroad(1, "qcp/2"))) == [("qos-1", "qcp/2", 1)]
    assert gaps(compare(HOME, abroad(0, "qcp/2"))) == []


def test_both_directions_are_compared():
    minted = replace(HOME, vouchers=(LedgerVoucher(denom="qcp/9", supply=4),))
    assert gaps(compare(minted, ABROAD)) == [("shop-1", "qcp/9", 4)]


@pytest.mark.parametrize(
    ("home", "there"),
    [
        (QueueState(outbox=4, inbox=3), QueueState(outbox=3, inbox=5)),
        (QueueState(outbox=5, inbox=4), QueueState(outbox=3, inbox=5)),
    ],
)
def test_an_answer_older_than_what_the_other_received_shows_nothing(home, there):
    found = compare(replace(HOME, queue=home), replace(abroad(10**9), queue=there))
    assert found.lines == ()
    assert "is older than what" in found.incomparable


def test_chains_of_other_queues_are_not_compared():
    assert "not registered" in compare(HOME, replace(ABROAD, incoming=b"other")).incomparable
    assert "not registered" in compare(HOME, replace(ABROAD, outgoing=b"other")).incomparable
