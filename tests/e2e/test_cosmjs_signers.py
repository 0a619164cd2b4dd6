"""CosmJS 0.39, unmodified, with each kind of signer it has; and our own commands see the same accounts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from qos.testing.running_network import Network, node_script

CLIENT = Path(__file__).parent / "clients" / "cosmjs"
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def said(network: Network) -> dict[str, Mapping[str, Any]]:
    """Run the script once; returns what each kind of signer said."""
    argument = {
        "rpc": network.rpc["public"],
        "mnemonic": network.phrase,
        "recipient": network.accounts["dave"],
        "gasPrice": "10000000000aqos",
        "denom": "aqos",
        "remote": "shop-1",
    }
    return {line["step"]: line for line in node_script(CLIENT, "signers.mjs", argument)}


def test_a_wallet_that_signs_amino_json_only_sends_every_kind_of_message(said: dict[str, Mapping[str, Any]]) -> None:
    for kind in ("plain", "many", "transfer"):
        assert said["amino"][kind]["code"] == 0, said["amino"][kind]


def test_two_or_three_of_three_members_move_a_multisigs_coins(
    said: dict[str, Mapping[str, Any]], network: Network
) -> None:
    assert [sent["code"] for sent in said["multisig"]["multisigned"]] == [0, 0, 0], said["multisig"]
    assert said["multisig"]["key"]["type"] == "tendermint/PubKeyMultisigThreshold"
    members: list[str] = []
    for value in said["multisig"]["key"]["value"]["pubkeys"]:
        public = json.dumps({"@type": "/cosmos.crypto.secp256k1.PubKey", "key": value["value"]})
        members += ["--member", public]
    made = network.qos("keys", "add-multisig", "cosmjs-team", *members, "--threshold", "2")
    assert made["address"] == said["multisig"]["address"]


def test_an_ethereum_key_sends_and_our_command_derives_the_same_account(
    said: dict[str, Mapping[str, Any]], network: Network, tmp_path: Path
) -> None:
    for turn in ("first", "second"):
        assert said["ethereum"][turn]["code"] == 0, said["ethereum"]
    (tmp_path / "phrase").write_text(network.phrase)
    (tmp_path / "secret").write_text("correct horse")
    files = ("--phrase-file", str(tmp_path / "phrase"), "--passphrase-file", str(tmp_path / "secret"))
    made = network.qos("keys", "import", "ethereum", "--algo", "eth_secp256k1", "--coin-type", "60", *files)
    assert made["address"] == said["ethereum"]["address"]
    shown = network.qos("keys", "show", "ethereum")
    assert shown["public_key"] == said["ethereum"]["key"]["value"]
