"""CosmJS 0.39, unmodified, as a wallet's developer uses it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from qos.testing.running_network import Network, node_script
from qos.testing.waiting import until

CLIENT = Path(__file__).parent / "clients" / "cosmjs"
pytestmark = pytest.mark.e2e
UNUSED = "qos1fk9qnl5aa49aehgs75amlycf2x7l3qcwgx8y7g"
GAS_PRICE = "10000000000aqos"


def session(network: Network, chain: str, *steps: str, **more: Any) -> dict[str, Mapping[str, Any]]:
    """Run steps of one CosmJS session as alice; returns what each step said."""
    argument = {
        "rpc": network.rpc[chain],
        "mnemonic": network.phrase,
        "recipient": network.accounts["bob"],
        "unused": UNUSED,
        "gasPrice": GAS_PRICE,
        "denom": "aqos",
        "steps": steps,
        **more,
    }
    return {line["step"]: line for line in node_script(CLIENT, "session.mjs", argument)}


def test_the_installed_client_is_the_published_one() -> None:
    recorded = json.loads((CLIENT / "tree-hashes.json").read_text("utf-8"))
    for package, expected in recorded.items():
        folder = CLIENT / "node_modules" / package
        digest = hashlib.sha256()
        own = (path for path in folder.rglob("*") if "node_modules" not in path.relative_to(folder).parts)
        for file in sorted(path for path in own if path.is_file()):
            digest.update(f"{file.relative_to(folder)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
        assert digest.hexdigest() == expected, f"{package} differs from the published package"


def test_a_wallet_connects_and_reads_balances(network: Network) -> None:
    said = session(network, "public", "connect", "balances")
    assert said["connect"]["chainId"] == "qos-1"
    assert said["connect"]["address"] == network.accounts["alice"]
    assert said["balances"]["one"]["denom"] == "aqos"
    assert said["balances"]["one"] in said["balances"]["all"]
    assert said["balances"]["nobody"] is None


def test_a_dynamic_gas_price_is_the_quoted_one_and_the_value_fee_is_in_the_event(network: Network) -> None:
    said = session(network, "public", "dynamic")["dynamic"]
    assert said["code"] == 0
    assert int(said["fee"]) == int(said["gas"]) * 10**10 * 3 // 2
    assert said["valueFee"] == "10aqos"


def test_send_tokens_with_automatic_gas_is_committed_found_and_in_its_block(network: Network) -> None:
    before = balance(network, network.accounts["bob"])
    send = session(network, "public", "send")["send"]
    assert send["code"] == 0
    assert send["foundHeight"] == send["height"]
    assert send["hash"] in send["bySender"]
    assert send["hash"] in send["byRecipient"]
    assert send["blockTxs"] >= 1
    assert send["events"] == ["message", "transfer"]
    assert int(send["gasUsed"]) <= 21_000
    assert int(send["received"]["amount"]) == before + 12_345


def test_a_transfer_beyond_the_balance_is_refused_in_words(network: Network) -> None:
    refused = session(network, "public", "refused")["refused"]
    assert refused["refused"] is True
    assert "insufficient funds" in refused["message"]


def test_blocks_and_transactions_arrive_over_the_websocket(network: Network) -> None:
    seen = session(network, "public", "subscribe")["subscribe"]
    assert seen["blocks"] == sorted(seen["blocks"])
    assert len(seen["blocks"]) >= 2
    assert len(seen["txs"]) == 1


def test_every_query_extension_of_a_module_that_exists_answers(network: Network) -> None:
    session(network, "public", "send")
    said = session(network, "public", "extensions")["extensions"]
    assert said["account"] == "/cosmos.auth.v1beta1.BaseAccount"
    assert said["one"]["denom"] == "aqos"
    assert said["all"] >= 1
    assert said["supply"]["denom"] in said["supplies"]
    assert said["symbol"] in said["symbols"]
    assert said["allowances"] == 0
    assert (said["foundHeight"], said["messages"]) == (said["searchedHeight"], 1)
    assert "unknown" in said["unsupported"]


def test_the_routes_of_the_client_class_answer(network: Network) -> None:
    said = session(network, "public", "routes")["routes"]
    assert said["app"] == "qos"
    assert said["genesis"] == "qos-1"
    assert said["blocks"] == [1, 2, 3]
    assert (said["metas"], said["validators"]) == (3, 4)
    assert said["results"] is True
    assert said["commit"] is True


def test_coins_cross_to_the_business_chain_and_come_back(network: Network) -> None:
    alice = network.accounts["alice"]
    before = {coin["denom"]: int(coin["amount"]) for coin in held(network, "shop-1")}
    there = session(network, "public", "transfer", destination="shop-1")["transfer"]
    assert there["code"] == 0, there["log"]
    assert [event["type"] for event in there["packets"]] == ["qcp"]
    voucher = until(lambda: arrived(network, before, 1_000_000), "the voucher on shop-1")
    out = balance(network, alice)
    amount = {"denom": voucher, "amount": "1000000"}
    back = session(network, "shop-1", "transfer", destination="qos-1", amount=amount, gasPrice="0qsc/SHOP")["transfer"]
    assert back["code"] == 0, back["log"]
    until(lambda: balance(network, alice) == out + 1_000_000, "the coins back on qos-1")
    after = {coin["denom"]: int(coin["amount"]) for coin in held(network, "shop-1")}
    assert after.get(voucher, 0) == before.get(voucher, 0)


def arrived(network: Network, before: Mapping[str, int], amount: int) -> str | None:
    """Return the voucher of which alice holds `amount` more than before, once there is one."""
    for coin in held(network, "shop-1"):
        if coin["denom"].startswith("qcp/") and int(coin["amount"]) == before.get(coin["denom"], 0) + amount:
            return str(coin["denom"])
    return None


def held(network: Network, chain: str) -> list[Mapping[str, str]]:
    """Return what alice holds on a chain, through the client."""
    coins: list[Mapping[str, str]] = session(network, chain, "held")["held"]["all"]
    return coins


def balance(network: Network, address: str) -> int:
    """Return an account's native balance on the public chain, by our own command."""
    answer = network.qos("query", "bank", "balance", address, "--denom", "aqos")
    return int(answer["balance"]["amount"])
