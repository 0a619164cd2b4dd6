"""CosmJS 0.32.4 verifies our proofs: value and path against the header after the height."""

from pathlib import Path
from typing import Any

import pytest

from qos.base.identifiers import parse_address
from qos.modules.assets.accounts.state import ACCOUNTS
from qos.modules.assets.bank.state import BALANCES
from qos.testing.running_network import Network, node_script

CLIENT = Path(__file__).parent / "clients" / "cosmjs-verified"
pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("websocket", [False, True], ids=["http", "websocket"])
def test_balances_accounts_and_absence_are_verified(network: Network, websocket: bool) -> None:
    alice = parse_address(network.accounts["alice"])
    present, absent = BALANCES.raw_key((alice, "aqos")), BALANCES.raw_key((alice, "nothing"))
    account = ACCOUNTS.raw_key(alice)
    queries: list[dict[str, Any]] = [
        {"store": "bank", "keyHex": present.hex()},
        {"store": "bank", "keyHex": absent.hex()},
        {"store": "acc", "keyHex": account.hex()},
    ]
    argument = {"rpc": network.rpc["public"], "websocket": websocket, "queries": queries}
    answers = node_script(CLIENT, "verified.mjs", argument)
    assert [answer["key"] for answer in answers] == [query["keyHex"] for query in queries]
    assert int(bytes.fromhex(answers[0]["value"])) > 0
    assert answers[1]["value"] == ""
    assert answers[2]["value"] != ""
    assert all(answer["height"] > 0 for answer in answers)
