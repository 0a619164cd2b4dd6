"""CometBFT's JSON: what we write reads back, and what it would never answer is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import ZERO_TIME_NS
from qos.lightclient import comet_json
from qos.lightclient.json_values import MalformedJson
from qos.proto.records.tendermint_crypto import PublicKey
from qos.testing.light_chain import ABSENT, light_block, members

BLOCK = light_block(7, members(1, 2, 3), flags={2: ABSENT})


def test_a_signed_header_reads_back_from_its_text() -> None:
    text = json.dumps(comet_json.render_signed_header(BLOCK.signed_header))
    assert comet_json.parse_signed_header(json.loads(text)) == BLOCK.signed_header


def test_an_absent_vote_looks_as_comet_writes_it() -> None:
    commit = BLOCK.signed_header.commit
    votes = tuple(replace(v, timestamp=ZERO_TIME_NS) if v.block_id_flag == ABSENT else v for v in commit.signatures)
    rendered: Any = comet_json.render_commit(replace(commit, signatures=votes))
    assert {
        "block_id_flag": 1,
        "validator_address": "",
        "timestamp": "0001-01-01T00:00:00Z",
        "signature": None,
    } in rendered["signatures"]


def test_a_page_of_validators_reads_back() -> None:
    odd = replace(BLOCK.validators[0], pub_key=PublicKey(secp256k1=b"\2" * 33), proposer_priority=-(2**63))
    page = comet_json.ValidatorsPage(block_height=7, validators=(odd, *BLOCK.validators[1:]), total=30)
    rendered = comet_json.render_validators_page(page)
    assert rendered["count"] == "3"
    assert comet_json.parse_validators_page(json.loads(json.dumps(rendered))) == page


def spoil(path: str, value: object) -> Callable[[], object]:
    """Return a reading of the page with one member replaced."""
    raw: Any = json.loads(json.dumps(comet_json.render_signed_header(BLOCK.signed_header)))
    *parents, last = path.split("/")
    holder = raw
    for part in parents:
        holder = holder[int(part)] if part.isdigit() else holder[part]
    holder[last] = value
    return lambda: comet_json.parse_signed_header(raw)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("header", None),
        ("header", []),
        ("header/version", "11"),
        ("header/version/block", 11),
        ("header/version/block", "-1"),
        ("header/version/app", str(2**64)),
        ("header/chain_id", "x" * 51),
        ("header/chain_id", "\ud800"),
        ("header/chain_id", "caf\u00e9"),
        ("header/height", 7),
        ("header/height", "07"),
        ("header/height", "+7"),
        ("header/height", "7.0"),
        ("header/height", "\u0667"),
        ("header/height", str(2**63)),
        ("header/height", "9" * 10_000),
        ("header/time", "2026-13-01T00:00:00Z"),
        ("header/time", 5),
        ("header/app_hash", "0"),
        ("header/app_hash", "00" * 33),
        ("header/app_hash", " 00"),
        ("header/app_hash", None),
        ("header/proposer_address", "00" * 19),
        ("header/last_block_id", None),
        ("header/last_block_id/parts", {}),
        ("header/last_block_id/parts", {"hash": "", "total": True}),
        ("commit/round", "0"),
        ("commit/round", -1),
        ("commit/round", 2**31),
        ("commit/round", 1.0),
        ("commit/signatures", None),
        ("commit/signatures", {}),
        ("commit/signatures", [None]),
        ("commit/signatures", [{}] * 201),
        ("commit/signatures/0/block_id_flag", 4),
        ("commit/signatures/0/block_id_flag", "2"),
        ("commit/signatures/0/validator_address", "00" * 21),
        ("commit/signatures/0/timestamp", None),
        ("commit/signatures/0/signature", "AAAA"),
        ("commit/signatures/0/signature", "A" * 129),
        ("commit/signatures/0/signature", "*" * 88),
    ],
)
def test_what_comet_never_answers_is_refused_by_name(path: str, value: object) -> None:
    with pytest.raises(MalformedJson):
        spoil(path, value)()


@pytest.mark.parametrize(
    "key",
    [None, {}, {"type": "tendermint/PubKeyBls", "value": ""}, {"type": comet_json.ED25519_TYPE, "value": "AAAA"}],
)
def test_a_key_of_an_unknown_kind_or_length_is_refused(key: object) -> None:
    with pytest.raises(MalformedJson):
        comet_json.parse_public_key(key)


def test_a_page_whose_count_is_wrong_is_refused() -> None:
    page = comet_json.ValidatorsPage(block_height=7, validators=BLOCK.validators, total=3)
    with pytest.raises(MalformedJson, match="count"):
        comet_json.parse_validators_page({**comet_json.render_validators_page(page), "count": "2"})
