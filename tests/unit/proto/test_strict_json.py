import json

import pytest

from qos.base.identifiers import Address
from qos.proto.json import BadJson, from_json, parse_json, render_json, to_json
from qos.proto.records.cosmos_bank_v1beta1 import Balance, GenesisState, Params
from qos.proto.records.cosmos_base_v1beta1 import Coin

STATE = GenesisState(
    params=Params(default_send_enabled=True),
    balances=(Balance(address=Address(b"a" * 20), coins=(Coin(denom="aqos", amount=10**30),)),),
)


def test_a_record_survives_its_json_form() -> None:
    assert from_json(GenesisState, parse_json(render_json(to_json(STATE), indent=1))) == STATE


@pytest.mark.parametrize(
    "document", ['{"a":1,"a":2}', "[1.0]", "[1e5]", "NaN", "[-Infinity]", "[" * 100_000, "", b"\xff", '"\x00"']
)
def test_a_document_that_two_readers_could_read_differently_is_refused(document: str | bytes) -> None:
    with pytest.raises(BadJson):
        parse_json(document)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"params": {}, "surplus": 1},
        {"params": {}, "balances": [{"address": "cosmos1w"}]},
        {
            "params": {},
            "balances": [{"address": "qos1v9skzctpv9skzctpv9skzctpv9skzctpphcst5", "coins": [{"amount": "1e3"}]}],
        },
        {"balances": []},
    ],
)
def test_json_that_is_not_the_record_is_refused(value: object) -> None:
    with pytest.raises(BadJson):
        from_json(GenesisState, parse_json(json.dumps(value)))
