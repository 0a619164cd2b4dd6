"""`qos export-config`: the files say what Keplr and ping.pub need, and the addresses in them stand their probes.

The checks are those of Keplr's chain suggestion (fields, network of `status` and of `node_info`, a websocket, feature
probes) and the paths ping.pub's pages ask for, as far as this chain has the module.
"""

import json
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from qos.testing.running_network import Network

pytestmark = pytest.mark.e2e
ORIGIN = {"origin": "https://wallet.example"}
WEBSOCKET_DEADLINE_S = 15


@pytest.fixture(params=["public", "shop-1"])
def keplr(request: pytest.FixtureRequest, network: Network) -> Any:
    return network.qos("export-config", "keplr", "--chain", request.param, json_option=False)


def get(address: str, path: str) -> httpx.Response:
    return httpx.get(f"{address}{path}", headers=ORIGIN, timeout=20)


def test_the_chain_info_has_what_keplr_requires(keplr: Any) -> None:
    assert {"rpc", "rest", "chainId", "chainName", "bip44", "bech32Config", "currencies", "feeCurrencies"} <= set(keplr)
    assert 1 <= len(keplr["chainId"]) <= 50
    assert 1 <= len(keplr["chainName"]) <= 36
    assert keplr["bip44"] == {"coinType": 389}
    assert len(keplr["bech32Config"]) == 6
    assert keplr["bech32Config"]["bech32PrefixValAddr"] == "qosvaloper"
    for currency in (*keplr["currencies"], *keplr["feeCurrencies"]):
        assert 0 <= currency["coinDecimals"] <= 18
        assert currency["coinDenom"]
        assert currency["coinMinimalDenom"]
    (fee,) = keplr["feeCurrencies"]
    steps = fee["gasPriceStep"]
    assert 0 <= steps["low"] <= steps["average"] <= steps["high"]
    assert fee["coinMinimalDenom"] in {currency["coinMinimalDenom"] for currency in keplr["currencies"]}


def test_the_addresses_in_it_are_of_the_chain_it_names(keplr: Any) -> None:
    status = get(keplr["rpc"], "/status")
    assert status.json()["result"]["node_info"]["network"] == keplr["chainId"]
    info = get(keplr["rest"], "/cosmos/base/tendermint/v1beta1/node_info")
    assert info.json()["default_node_info"]["network"] == keplr["chainId"]
    for answer in (status, info):
        assert answer.headers["access-control-allow-origin"] == "*"
    url = keplr["rpc"].replace("http", "ws") + "/websocket"
    with connect(url, open_timeout=WEBSOCKET_DEADLINE_S) as socket:
        socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "status", "params": {}}))
        assert json.loads(socket.recv(WEBSOCKET_DEADLINE_S))["result"]["node_info"]["network"] == keplr["chainId"]


def test_feature_probes_end_as_keplr_reads_them(keplr: Any) -> None:
    assert get(keplr["rest"], "/ibc/apps/transfer/v1/params").status_code == 501
    assert get(keplr["rest"], "/cosmos/bank/v1beta1/spendable_balances/test").status_code == 400
    assert get(keplr["rest"], "/ibc/apps/transfer/v1/denoms/test").status_code == 501


def test_a_browser_may_post_to_both_edges(keplr: Any) -> None:
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for url in (keplr["rpc"], f"{keplr['rest']}/cosmos/tx/v1beta1/simulate"):
        allowed = httpx.options(url, headers=ORIGIN | wanted)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "*"
        assert "POST" in allowed.headers["access-control-allow-methods"]


def test_a_wallet_reads_what_it_shows(network: Network, keplr: Any) -> None:
    alice = network.accounts["alice"]
    balances = get(keplr["rest"], f"/cosmos/bank/v1beta1/balances/{alice}?pagination.limit=1000").json()["balances"]
    spendable = get(keplr["rest"], f"/cosmos/bank/v1beta1/spendable_balances/{alice}?pagination.limit=1000").json()
    assert spendable["balances"] == balances
    assert {coin["denom"] for coin in balances} >= {keplr["feeCurrencies"][0]["coinMinimalDenom"]}
    account = get(keplr["rest"], f"/cosmos/auth/v1beta1/accounts/{alice}").json()["account"]
    assert account["@type"] == "/cosmos.auth.v1beta1.BaseAccount"
    assert account["address"] == alice


def test_an_explorer_finds_the_pages_of_what_there_is(network: Network) -> None:
    config = network.qos("export-config", "ping.pub", json_option=False)
    assert {"chain_name", "api", "coin_type", "addr_prefix", "sdk_version", "min_tx_fee", "assets"} <= set(config)
    assert config["assets"][0]["exponent"] == "18"
    (api,) = config["api"]
    alice = network.accounts["alice"]
    newest = get(api, "/cosmos/base/tendermint/v1beta1/blocks/latest").json()
    height = newest["block"]["header"]["height"]
    there = (
        "/cosmos/auth/v1beta1/params",
        "/cosmos/auth/v1beta1/accounts",
        f"/cosmos/auth/v1beta1/accounts/{alice}",
        "/cosmos/bank/v1beta1/params",
        f"/cosmos/bank/v1beta1/balances/{alice}",
        "/cosmos/bank/v1beta1/denoms_metadata",
        "/cosmos/bank/v1beta1/supply",
        "/cosmos/bank/v1beta1/supply/by_denom?denom=aqos",
        "/cosmos/base/tendermint/v1beta1/node_info",
        f"/cosmos/base/tendermint/v1beta1/blocks/{height}",
        "/cosmos/base/tendermint/v1beta1/validatorsets/latest?pagination.limit=100&pagination.offset=0",
        f"/cosmos/base/tendermint/v1beta1/validatorsets/{height}",
        "/cosmos/base/tendermint/v1beta1/abci_query?path=/app/version",
        f"/cosmos/tx/v1beta1/txs?query=message.sender='{alice}'&pagination.limit=5&order_by=ORDER_BY_DESC",
        f"/cosmos/tx/v1beta1/txs?events=message.sender='{alice}'&order_by=2",
        f"/cosmos/tx/v1beta1/txs/block/{height}",
        "/cosmos/gov/v1/proposals?pagination.limit=10&pagination.reverse=true&proposal_status=2",
        "/cosmos/gov/v1/params/voting",
        "/cosmos/gov/v1/params/tallying",
        "/cosmos/gov/v1/params/deposit",
        "/cosmos/gov/v1beta1/params/tallying",
        "/cosmos/upgrade/v1beta1/current_plan",
    )
    for path in there:
        answer = get(api, path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["access-control-allow-origin"] == "*"
    missing = ("group/v1/groups", "nft/v1beta1/classes")
    for path in missing:
        assert get(api, f"/cosmos/{path}").status_code == 501


def test_a_public_name_stands_in_all_addresses(network: Network) -> None:
    config = network.qos("export-config", "keplr", "--public-host", "node.example", json_option=False)
    assert config["rpc"].startswith("http://node.example:")
    assert config["rest"].startswith("http://node.example:")
