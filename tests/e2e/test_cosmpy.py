"""cosmpy 0.12.2, unmodified, over gRPC and over REST, as a back-end's developer uses it."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from qos.testing.running_network import Network

CLIENT = Path(__file__).parent / "clients" / "cosmpy"
PYTHON = CLIENT / ".venv" / "bin" / "python"
UNUSED = "qos1fk9qnl5aa49aehgs75amlycf2x7l3qcwgx8y7g"
GAS_PRICE = 10_000_000_000
pytestmark = pytest.mark.e2e


@pytest.fixture(params=["grpc", "rest"])
def url(request: pytest.FixtureRequest, network: Network) -> str:
    if request.param == "grpc":
        return f"grpc+http://{network.grpc['public']}"
    return f"rest+{network.rest['public']}"


def session(network: Network, url: str, *steps: str) -> dict[str, Mapping[str, Any]]:
    """Run steps of one cosmpy session as alice; returns what each step said."""
    given = {
        "url": url,
        "chain_id": "qos-1",
        "phrase": network.phrase,
        "recipient": network.accounts["bob"],
        "unused": UNUSED,
        "denom": "aqos",
        "gas_price": GAS_PRICE,
        "steps": steps,
    }
    command = [str(PYTHON), "session.py", json.dumps(given)]
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, f"the session failed:\n{done.stdout}{done.stderr}"
    return {line["step"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_a_session_connects_reads_sends_and_finds_what_it_sent(network: Network, url: str) -> None:
    said = session(network, url, "connect", "balances", "send", "missing")
    connected = said["connect"]
    assert connected["address"] == network.accounts["alice"]
    assert connected["chain_id"] == "qos-1"
    assert connected["first_block"] == [1, "qos-1"]
    assert connected["versions"][0].startswith("0.5")
    assert connected["max_gas"] == int(connected["older_params"]["max_gas"]) == 200_000_000
    assert said["balances"]["all"]["aqos"] == said["balances"]["one"] > 0
    sent = said["send"]
    assert (sent["code"], sent["amount"], sent["in_block"]) == (0, "12345aqos", True)
    assert sent["events"] == ["message", "transfer"]
    assert sent["gas"][0] <= sent["gas"][1]
    assert said["missing"]["tx"] is True
    assert f"account {UNUSED} not found: key not found" in said["missing"]["account"]


def test_a_transfer_beyond_the_balance_is_refused_in_words(network: Network, url: str) -> None:
    said = session(network, url, "refused", "unsupported")
    assert said["refused"]["refused"] is True
    assert "insufficient funds" in said["refused"]["message"]
    assert "this chain does not answer" in said["unsupported"]["message"]


def test_a_session_delegates_takes_back_collects_proposes_and_votes(network: Network, url: str) -> None:
    said = session(network, url, "stake", "govern")
    stake = said["stake"]
    assert stake["codes"] == [0, 0, 0]
    assert "the bond is there already" in stake["refused"]
    assert stake["staked"] >= 2 * 10**18
    assert stake["unbonding"] >= 10**18
    assert stake["moved"] == [0] * min(stake["others"], 1)
    assert stake["validator"] in stake["positions"]
    assert (said["govern"]["proposed"], said["govern"]["voted"]) == (0, 0)
