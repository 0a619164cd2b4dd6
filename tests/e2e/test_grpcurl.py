"""grpcurl 1.9.4, built from its published module: an operator lists, describes and calls without .proto files."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qos.testing.running_network import Network

CLIENT = Path(__file__).parent / "clients" / "grpcurl"
PROGRAM = Path(__file__).parents[2] / "build" / "grpcurl" / "grpcurl"
UNUSED = "qos1fk9qnl5aa49aehgs75amlycf2x7l3qcwgx8y7g"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("go") is None, reason="no Go on this machine to build grpcurl with"),
]


@pytest.fixture(scope="module", autouse=True)
def program() -> None:
    if not PROGRAM.exists():
        command = ["go", "build", "-o", str(PROGRAM), "github.com/fullstorydev/grpcurl/cmd/grpcurl"]
        subprocess.run(command, cwd=CLIENT, env={**os.environ, "GOFLAGS": "-mod=readonly"}, check=True, timeout=500)


def run(network: Network, *arguments: str, code: int = 0, chain: str = "public") -> str:
    *options, last = arguments
    command = [str(PROGRAM), "-plaintext", *options, network.grpc[chain], *last.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def call(network: Network, method: str, *options: str, **fields: object) -> Any:
    return json.loads(run(network, "-d", json.dumps(fields), *options, method))


def test_services_are_listed_and_differ_by_chain(network: Network) -> None:
    public, cassini = (run(network, "list", chain=chain).split() for chain in ("public", "cassini-1"))
    assert {"cosmos.bank.v1beta1.Query", "cosmos.tx.v1beta1.Service", "qos.qcp.v1.Query"} <= set(public)
    assert "qos.relay.v1.Query" in set(cassini) - set(public)
    assert "grpc.health.v1.Health" in public


def test_methods_and_messages_are_described_with_their_comments(network: Network) -> None:
    service = run(network, "describe cosmos.bank.v1beta1.Query")
    assert "rpc Balance ( .cosmos.bank.v1beta1.QueryBalanceRequest )" in service
    method = run(network, "describe cosmos.bank.v1beta1.Query.Balance")
    assert "// What one account holds of one asset." in method
    assert '"/cosmos/bank/v1beta1/balances/{address}/by_denom"' in method
    assert "string denom = 2;" in run(network, "describe cosmos.bank.v1beta1.QueryBalanceRequest")


def test_every_service_that_is_listed_can_be_described(network: Network) -> None:
    for name in run(network, "list").split():
        assert f"service {name.rsplit('.', 1)[1]}" in run(network, f"describe {name}")


def test_calls_answer_at_the_height_asked_for(network: Network) -> None:
    asked = {"address": network.accounts["carol"], "denom": "aqos"}
    found = call(network, "cosmos.bank.v1beta1.Query/Balance", **asked)
    assert int(found["balance"]["amount"]) > 0
    block = call(network, "cosmos.base.tendermint.v1beta1.Service/GetLatestBlock")
    height = block["block"]["header"]["height"]
    verbose = run(
        *(network, "-v", "-H", f"x-cosmos-block-height: {height}", "-d", json.dumps(asked)),
        "cosmos.bank.v1beta1.Query/Balance",
    )
    assert f"x-cosmos-block-height: {height}" in verbose


def test_refusals_have_their_code_and_the_sentence_of_the_command_line(network: Network) -> None:
    refused = run(network, "-d", json.dumps({"address": UNUSED}), "cosmos.auth.v1beta1.Query/Account", code=69)
    assert "Code: NotFound" in refused
    shown = network.qos("query", "auth", "account", UNUSED, code=1)
    assert f"Message: {shown['message']}" in refused


def test_health_is_serving(network: Network) -> None:
    assert call(network, "grpc.health.v1.Health/Check") == {"status": "SERVING"}
