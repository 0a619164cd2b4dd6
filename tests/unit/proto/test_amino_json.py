"""Amino JSON shows every field of a message, in the form wallets sign (T2)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base.identifiers import Address, format_address
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.machine.signing import amino_document, canonical
from qos.proto import catalog, codec
from qos.proto.amino_json import NoAminoForm, amino_json
from qos.proto.amino_json import names as amino_names
from qos.proto.codec import MalformedBytes, pack
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, MsgSend, Output
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_feegrant_v1beta1 import AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance
from qos.proto.records.cosmos_tx_v1beta1 import Fee, TxBody
from qos.proto.records.qos_qcp_v1 import MsgFreeze, MsgSendTransfer, RelaySignature

ALICE, BOB = Address(b"a" * 20), Address(b"b" * 20)
A, B = format_address(ALICE), format_address(BOB)
COINS = (Coin(denom="aqos", amount=5), Coin(denom="qsc/SHOP", amount=7))
SHOWN = [{"amount": "5", "denom": "aqos"}, {"amount": "7", "denom": "qsc/SHOP"}]
GIFT = MsgSend(from_address=ALICE, to_address=BOB, amount=COINS)


def test_a_transfer_is_shown_as_every_wallet_shows_it() -> None:
    assert amino_json(pack(GIFT)) == {
        "type": "cosmos-sdk/MsgSend",
        "value": {"from_address": A, "to_address": B, "amount": SHOWN},
    }
    many = MsgMultiSend(inputs=(Input(address=ALICE, coins=COINS),), outputs=(Output(address=BOB, coins=COINS),))
    assert amino_json(pack(many)) == {
        "type": "cosmos-sdk/MsgMultiSend",
        "value": {"inputs": [{"address": A, "coins": SHOWN}], "outputs": [{"address": B, "coins": SHOWN}]},
    }


def test_what_is_empty_is_left_out_unless_the_definition_keeps_it() -> None:
    assert amino_json(pack(MsgSend(from_address=ALICE, to_address=BOB)))["value"] == {
        "from_address": A,
        "to_address": B,
        "amount": [],
    }
    bare = MsgSendTransfer(sender=ALICE, destination="shop-1", recipient=BOB, amount=Coin(denom="aqos", amount=1))
    assert set(_value(bare)) == {"sender", "destination", "recipient", "amount"}


def _value(message: Any) -> dict[str, Any]:
    shown = amino_json(pack(message))["value"]
    assert isinstance(shown, dict)
    return shown


def test_durations_are_nanoseconds_bytes_are_base64_and_wide_integers_are_texts() -> None:
    transfer = MsgSendTransfer(
        sender=ALICE,
        destination="shop-1",
        recipient=BOB,
        amount=Coin(denom="aqos", amount=1),
        timeout=90_000_000_001,
        memo="<&>",
    )
    assert _value(transfer)["timeout"] == "90000000001"
    freeze = MsgFreeze(
        submitter=ALICE,
        chain_id="shop-1",
        signatures=(RelaySignature(key=b"\x02" * 33, signature=b"\x03" * 64),),
    )
    signature = _value(freeze)["signatures"][0]
    assert signature["key"] == "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"


def test_the_document_is_the_one_cosmjs_signs() -> None:
    """Written down from CosmJS 0.39: serializeSignDoc(makeSignDoc(...)) of the same transfer."""
    body = TxBody(messages=(pack(GIFT),), memo='a <b> & "c" ü \u2028 \t', timeout_height=77)
    fee = Fee(amount=(Coin(denom="aqos", amount=9),), gas_limit=100_000, granter=BOB)
    expected = (
        '{"account_number":"3","chain_id":"qos-1","fee":{"amount":[{"amount":"9","denom":"aqos"}],"gas":"100000",'
        f'"granter":"{B}"}},"memo":"a \\u003cb\\u003e \\u0026 \\"c\\" ü \u2028 \\t","msgs":[{{"type":'
        '"cosmos-sdk/MsgSend","value":{"amount":[{"amount":"5","denom":"aqos"},{"amount":"7","denom":"qsc/SHOP"}],'
        f'"from_address":"{A}","to_address":"{B}"}}}}],"sequence":"4","timeout_height":"77"}}'
    )
    assert amino_document(body, fee, "qos-1", 3, 4).decode() == expected


def test_memo_and_fee_amount_are_there_when_empty_and_the_timeout_is_not() -> None:
    document = json.loads(amino_document(TxBody(messages=(pack(GIFT),)), Fee(gas_limit=1), "qos-1", 0, 0))
    assert (document["memo"], document["fee"]) == ("", {"amount": [], "gas": "1"})
    assert "timeout_height" not in document


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc<&>", max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_the_canonical_form_reads_back_and_holds_no_markup(value: Any) -> None:
    text = canonical({"value": value})
    assert json.loads(text) == {"value": value}
    assert not set(b"<>&") & set(text)


@pytest.mark.parametrize(
    "message",
    [
        AnyRecord(type_url="/cosmos.bank.v1beta1.MsgNone"),
        AnyRecord(type_url="/cosmos.base.v1beta1.Coin", value=codec.encode(COINS[0])),
        AnyRecord(),
    ],
)
def test_a_message_without_a_name_has_no_amino_form(message: AnyRecord) -> None:
    with pytest.raises(NoAminoForm, match="SIGN_MODE_DIRECT"):
        amino_json(message)


def test_a_field_that_would_not_be_shown_is_refused() -> None:
    with pytest.raises(MalformedBytes):
        amino_json(AnyRecord(type_url=codec.type_url(MsgSend), value=codec.encode(GIFT) + b"\xfa\x07\x01x"))


LONGER_IN_CLIENTS = {"cosmos-sdk/MsgWithdrawValidatorCommission"}


def test_every_message_of_every_chain_has_a_name_of_its_own_that_a_device_can_show() -> None:
    urls = {url for chain in (PUBLIC, BUSINESS, CASSINI) for url in chain.messages}
    names = {url: amino_names()[url[1:]] for url in urls}
    assert {name for name in names.values() if not 0 < len(name) <= 39} == LONGER_IN_CLIENTS
    assert len(set(names.values())) == len(names)
    for url, name in names.items():
        package, message = url[1:].rsplit(".", 1)
        if package.startswith("qos."):
            assert name == f"qos/{package.split('.')[1]}/{message}"
        assert catalog.message(url[1:]).signer


def test_a_message_inside_a_message_shows_its_own_name_and_fields() -> None:
    """As the Cosmos SDK shows a fee allowance."""
    basic = BasicAllowance(spend_limit=COINS, expiration=1_767_225_600 * 10**9 + 1)
    grant = MsgGrantAllowance(granter=ALICE, grantee=BOB, allowance=pack(basic))
    assert amino_json(pack(grant)) == {
        "type": "cosmos-sdk/MsgGrantAllowance",
        "value": {
            "granter": A,
            "grantee": B,
            "allowance": {
                "type": "cosmos-sdk/BasicAllowance",
                "value": {"spend_limit": SHOWN, "expiration": "2026-01-01T00:00:00.000000001Z"},
            },
        },
    }


@pytest.mark.parametrize(("levels", "shown"), [(1, True), (2, True), (3, True), (4, False), (40, False)])
def test_messages_inside_messages_are_followed_so_deep_and_no_deeper(levels: int, shown: bool) -> None:
    inner = pack(BasicAllowance())
    for _ in range(levels - 1):
        inner = pack(AllowedMsgAllowance(allowance=inner, allowed_messages=("/a",)))
    grant = pack(MsgGrantAllowance(granter=ALICE, grantee=BOB, allowance=inner))
    if shown:
        assert amino_json(grant)["type"] == "cosmos-sdk/MsgGrantAllowance"
        return
    with pytest.raises(NoAminoForm, match="deeper"):
        amino_json(grant)
