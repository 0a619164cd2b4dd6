"""`qos node`, as its operator types it: one validator on CometBFT from init to rollback; the chain stays the same."""

import json
import signal
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from qos.base.identifiers import Address, format_address, parse_address
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import QueryBalanceRequest, QueryBalanceResponse
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.running_network import QOS
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
STOPPED_WITHIN_S = 10
HOLDERS = [format_address(Address(bytes([number]) * 20)) for number in range(1, 30)]


def qos(home: Path, *arguments: str, code: int = 0) -> Any:
    command = [str(QOS), *arguments, "--home", str(home), "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout or done.stderr)


@contextmanager
def started(home: Path) -> Iterator[str]:
    """Run the node, give where it answers once it makes blocks, and stop it."""
    with subprocess.Popen([QOS, "node", "start", "--home", home], stdout=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: is_ready(home), "a node that makes blocks")
            yield json.loads((home / "endpoints.json").read_text())["rpc"]
        finally:
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            assert time.monotonic() - began < STOPPED_WITHIN_S


def is_ready(home: Path) -> bool:
    file = home / "run" / "node.json"
    return file.exists() and json.loads(file.read_text())["condition"] == "ready" and (home / "endpoints.json").exists()


def hashes(url: str, last: int) -> list[str]:
    return [httpx.get(f"{url}/header?height={at}").json()["result"]["header"]["app_hash"] for at in range(1, last + 1)]


def height(url: str) -> int:
    return int(httpx.get(f"{url}/status").json()["result"]["sync_info"]["latest_block_height"])


def with_holdings(home: Path) -> None:
    """Put further holders into a file beside the node's genesis, as the founders of a chain of millions do."""
    file = home / "genesis.json"
    document = json.loads(file.read_bytes())
    # The file's accounts have the first numbers; those of the document get theirs as they come.
    document["app_state"]["accounts"] = {}
    file.write_text(json.dumps(document))
    listed = home / "holders.csv"
    listed.write_text("".join(f"{holder},{place + 1}qos\n" for place, holder in enumerate(HOLDERS)))
    command = [str(QOS), "genesis", "add-holdings", str(listed), "--file", str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=90)


def held(url: str, holder: str) -> int:
    """Ask the application what an account holds."""
    data = codec.encode(QueryBalanceRequest(address=parse_address(holder), denom="aqos")).hex()
    asked = {"path": '"/cosmos.bank.v1beta1.Query/Balance"', "data": f"0x{data}"}
    value = httpx.get(f"{url}/abci_query", params=asked).json()["result"]["response"]["value"]
    balance = codec.decode(QueryBalanceResponse, b64decode(value)).balance
    return 0 if balance is None else balance.amount


def test_a_node_is_made_run_taken_back_and_made_smaller_and_its_chain_goes_on(tmp_path: Path) -> None:
    engine_program()
    home = tmp_path / "node"
    made = qos(home, "node", "init", "--port-base", "0")
    assert made["p2p"].startswith(made["node_id"])
    assert "holds a node already" in qos(home, "node", "init", code=1)["message"]
    assert qos(home, "node", "status", code=3)["next"] == "qos node start runs it"
    with_holdings(home)
    with started(home) as url:
        assert [held(url, holder) for holder in HOLDERS] == [(place + 1) * 10**18 for place in range(len(HOLDERS))]
        status = qos(home, "node", "status")
        assert (status["condition"], status["engine_version"]) == ("ready", "0.38.26")
        assert "in use" in qos(home, "node", "rollback", code=1)["message"]
        assert qos(home, "node", "snapshot")["height"] >= 1
        assert qos(home, "doctor")["problems"] == 0
        metrics = httpx.get(json.loads((home / "endpoints.json").read_text())["metrics"] + "/metrics").text
        assert "qos_node_height" in metrics
        assert "cometbft_consensus_height" in metrics
        before = hashes(url, height(url))
    at = qos(home, "node", "rollback")["height"]
    assert at >= len(before) - 1
    assert qos(home, "node", "prune")["bytes_after"] > 0
    with started(home) as url:
        assert hashes(url, len(before)) == before
        assert height(url) > at
    for name in ("node.log", "app.log", "edges.log"):
        lines = [json.loads(line) for line in (home / name).read_text().splitlines()]
        assert lines, name
        assert all({"event", "level", "timestamp"} <= set(line) for line in lines), name
