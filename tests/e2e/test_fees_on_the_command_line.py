"""Fees as a person at the command line meets them: quote, speed, value fee, somebody else's fee."""

import json
from pathlib import Path

import pytest

from qos.testing.running_network import Network

pytestmark = pytest.mark.e2e
FLOOR = 10**10


def test_the_quote_is_what_a_transaction_offers_and_what_its_sender_pays(network: Network) -> None:
    quote = network.qos("query", "fees", "quote", "--gas-limit", "20000", "--amount", str(10**18))
    assert int(quote["normal"]["fee"]) == 20_000 * FLOOR
    assert int(quote["fast"]["fee"]) > int(quote["normal"]["fee"])
    assert int(quote["value_fee"]) == 10**13
    transfer = ("tx", "bank", "send", "--from", "alice", "--to-address", "bob", "--amount", "1qos")
    for speed in ("slow", "normal", "fast"):
        planned = network.qos(*transfer, "--speed", speed, "--dry-run")
        assert int(planned["fee"][0]["amount"]) == planned["gas_limit"] * int(quote[speed]["gas_price"])
        assert planned["value_fee"] == [{"denom": "aqos", "amount": str(10**13)}]
    before = balance(network, "alice")
    sent = network.qos(*transfer, "--wait")
    assert before - balance(network, "alice") == 10**18 + 10**13 + int(sent["fee"][0]["amount"])


def balance(network: Network, name: str) -> int:
    found = network.qos("query", "bank", "balance", name, "--denom", "aqos")
    return int(found["balance"]["amount"])


def test_a_newcomer_acts_on_a_granted_fee(network: Network, tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("a long passphrase")
    sealed = ("--passphrase-file", str(passphrase))
    network.qos("keys", "new", "newcomer", *sealed)
    limited = {"@type": "/cosmos.feegrant.v1beta1.BasicAllowance", "spend_limit": [{"denom": "aqos", "amount": "10"}]}
    unlimited = json.dumps(limited | {"spend_limit": []})
    grant = ("tx", "feegrant", "grant-allowance", "--allowance")
    network.qos(*grant, unlimited, "--from", "alice", "--grantee", "newcomer", "--wait")
    done = network.qos(
        *grant,
        json.dumps(limited),
        "--from",
        "newcomer",
        "--grantee",
        "bob",
        "--fee-granter",
        "alice",
        "--wait",
        *sealed,
    )
    assert done["code"] == 0
    assert balance(network, "newcomer") == 0
    poor = ("tx", "bank", "send", "--from", "bob", "--to-address", "alice", "--amount", "1aqos")
    refused = network.qos(*poor, "--fee-granter", "newcomer", code=1)
    assert (refused["codespace"], refused["code"]) == ("feegrant", 2)
