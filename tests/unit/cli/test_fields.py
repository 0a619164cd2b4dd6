from typing import Any

import pytest

from qos.base.strictjson import JsonObject
from qos.cli.errors import UsageError
from qos.cli.fields import values_of
from qos.proto import catalog
from qos.proto.json import json_to_bytes

BOB = "qos1v9skzctpv9skzctpv9skzctpv9skzctpphcst5"


def values(message: str, given: dict[str, Any]) -> JsonObject:
    fields = {field.name: field for field in catalog.message(message).fields}
    return values_of(fields, given, lambda text: BOB if text == "bob" else text)


def test_names_become_addresses_and_amounts_become_coins() -> None:
    message = values("cosmos.bank.v1beta1.MsgSend", {"from_address": "bob", "to_address": BOB, "amount": "2qos,1abc"})
    coins = [{"denom": "abc", "amount": "1"}, {"denom": "aqos", "amount": str(2 * 10**18)}]
    assert message == {"from_address": BOB, "to_address": BOB, "amount": coins}
    assert json_to_bytes("cosmos.bank.v1beta1.MsgSend", message)


def test_durations_hex_and_enums_are_read() -> None:
    transfer = values("qos.qcp.v1.MsgSendTransfer", {"timeout": "90m", "amount": "1qos"})
    assert transfer["timeout"] == "5400.000s"
    peer = values("qos.qcp.v1.MsgRegisterChain", {"genesis_hash": "0xff", "trust_mode": "attestation-and-proof"})
    assert peer == {"genesis_hash": "/w==", "trust_mode": "TRUST_MODE_ATTESTATION_AND_PROOF"}
    json_to_bytes("qos.qcp.v1.MsgRegisterChain", peer)


def test_what_is_not_given_is_left_out() -> None:
    assert values("cosmos.bank.v1beta1.MsgSend", {"amount": None}) == {}


@pytest.mark.parametrize(
    ("message", "given", "option"),
    [
        ("cosmos.bank.v1beta1.MsgSend", {"amount": "five"}, "--amount"),
        ("qos.qcp.v1.MsgSendTransfer", {"timeout": "soon"}, "--timeout"),
        ("qos.qcp.v1.MsgRegisterChain", {"genesis_hash": "xyz"}, "--genesis-hash"),
        ("qos.qcp.v1.MsgRegisterChain", {"registration": "1.5"}, "--registration"),
        ("qos.qcp.v1.MsgRegisterChain", {"trust_mode": "blind"}, "--trust-mode"),
        ("qos.qcp.v1.MsgRegisterChain", {"trust_root": "{"}, "--trust-root"),
        ("cosmos.bank.v1beta1.QueryAllBalancesRequest", {"pagination": "all"}, "--limit"),
    ],
)
def test_a_text_that_does_not_fit_names_its_option(message: str, given: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError, match=option):
        values(message, given)
