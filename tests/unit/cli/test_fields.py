from typing import Any

import pytest

from qos.base.identifiers import VALIDATOR_PREFIX, format_address, parse_address
from qos.base.strictjson import JsonObject, render_json
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


@pytest.mark.parametrize("named", ["bob", BOB, format_address(parse_address(BOB), VALIDATOR_PREFIX)])
def test_a_validator_is_named_by_its_address_or_as_its_owner_is(named: str) -> None:
    operator = format_address(parse_address(BOB), VALIDATOR_PREFIX)
    message = values("cosmos.staking.v1beta1.MsgDelegate", {"validator_address": named, "amount": "1qos"})
    assert message["validator_address"] == operator


def test_rates_are_written_with_a_point_or_as_on_the_wire() -> None:
    edit = "cosmos.staking.v1beta1.MsgEditValidator"
    assert values(edit, {"commission_rate": "0.11"}) == {"commission_rate": "110000000000000000"}
    assert values(edit, {"commission_rate": "110000000000000000"}) == {"commission_rate": "110000000000000000"}
    rates = '{"rate": "0.1", "max_rate": "1.0", "max_change_rate": "10000000000000000"}'
    read = {"rate": str(10**17), "max_rate": str(10**18), "max_change_rate": str(10**16)}
    create = values("cosmos.staking.v1beta1.MsgCreateValidator", {"commission": rates})
    assert create["commission"] == read
    change: JsonObject = {"@type": "/qos.staking.v1.MsgUpdateParams", "params": {"commission_step": "0.02"}}
    sent: JsonObject = change | {"params": {"commission_step": str(2 * 10**16)}}
    assert values("cosmos.gov.v1.MsgSubmitProposal", {"messages": [render_json(change)]}) == {"messages": [sent]}


def test_json_that_does_not_fit_is_left_to_who_reads_the_message() -> None:
    for odd in ('{"commission_rates": "0.1"}', '{"commission_rates": [1, "x"]}', '{"commission_rates": {"rate": 1}}'):
        assert values("qos.staking.v1.Validator", {"commission": odd})


def test_durations_hex_and_enums_are_read() -> None:
    transfer = values("qos.qcp.v1.MsgSendTransfer", {"timeout": "90m", "amount": "1qos"})
    assert transfer["timeout"] == "5400.000s"
    peer = values("qos.qcp.v1.MsgRegisterChain", {"genesis_hash": "0xff", "trust_mode": "attestation-and-proof"})
    assert peer == {"genesis_hash": "/w==", "trust_mode": "TRUST_MODE_ATTESTATION_AND_PROOF"}
    json_to_bytes("qos.qcp.v1.MsgRegisterChain", peer)


def test_what_is_not_given_is_left_out() -> None:
    assert values("cosmos.bank.v1beta1.MsgSend", {"amount": None}) == {}


def test_an_amount_that_is_not_given_is_none() -> None:
    assert values("cosmos.staking.v1beta1.MsgCreateValidator", {}) == {"min_self_delegation": "0"}
    given = {"min_self_delegation": "7"}
    assert values("cosmos.staking.v1beta1.MsgCreateValidator", given) == given


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
        ("cosmos.staking.v1beta1.MsgEditValidator", {"commission_rate": "0.1.1"}, "--commission-rate"),
        ("cosmos.staking.v1beta1.MsgCreateValidator", {"commission": '{"rate": ".1"}'}, "--commission"),
    ],
)
def test_a_text_that_does_not_fit_names_its_option(message: str, given: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError, match=option):
        values(message, given)
