"""What REST clients read: Cosmos gateways write a decimal with its 18 places, while the wire holds an integer."""

from typing import Any

import pytest

from qos.proto import codec
from qos.proto.json import bytes_to_json, from_json, to_json
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin, DecCoin
from qos.proto.records.cosmos_distribution_v1beta1 import (
    DelegationDelegatorReward,
    QueryDelegationTotalRewardsResponse,
)
from qos.proto.records.cosmos_mint_v1beta1 import QueryInflationResponse
from qos.proto.records.cosmos_tx_v1beta1 import TxBody


def seen(record: Record) -> Any:
    return bytes_to_json(record.full_name, codec.encode(record))


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (0, "0.000000000000000000"),
        (1, "0.000000000000000001"),
        (10**17, "0.100000000000000000"),
        (10**18, "1.000000000000000000"),
        (123 * 10**18 + 45, "123.000000000000000045"),
        (-(10**17), "-0.100000000000000000"),
    ],
)
def test_a_decimal_has_its_eighteen_places(wire: int, text: str) -> None:
    assert seen(DecCoin(denom="aqos", amount=wire)) == {"denom": "aqos", "amount": text}


def test_amounts_that_are_no_decimals_stay_whole() -> None:
    assert seen(Coin(denom="aqos", amount=10**18)) == {"denom": "aqos", "amount": str(10**18)}


def test_decimals_deep_inside_and_in_lists_are_written_out() -> None:
    coin = DecCoin(denom="aqos", amount=5 * 10**17)
    found = seen(
        QueryDelegationTotalRewardsResponse(rewards=(DelegationDelegatorReward(reward=(coin,)),), total=(coin,))
    )
    assert found["rewards"][0]["reward"][0]["amount"] == found["total"][0]["amount"] == "0.500000000000000000"


def test_decimals_as_bytes_are_read_by_their_digits() -> None:
    assert seen(QueryInflationResponse(inflation=b"%d" % (13 * 10**16))) == {"inflation": "0.130000000000000000"}


def test_decimals_inside_an_any_are_written_out() -> None:
    body = TxBody(messages=(codec.pack(DecCoin(denom="aqos", amount=10**16)),))
    assert seen(body)["messages"][0]["amount"] == "0.010000000000000000"


def test_records_of_genesis_are_written_as_on_the_wire() -> None:
    coin = DecCoin(denom="aqos", amount=10**16)
    assert to_json(coin)["amount"] == str(10**16)
    assert from_json(DecCoin, to_json(coin)) == coin
