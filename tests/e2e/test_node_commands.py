"""`qos node`, as its operator types it: one validator on CometBFT from init to rollback; the chain stays the same."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.running_network import QOS, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
STOPPED_WITHIN_S = 10


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
            wait_for(lambda: is_ready(home), "a node that makes blocks")
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


def test_a_node_is_made_run_taken_back_and_made_smaller_and_its_chain_goes_on(tmp_path: Path) -> None:
    engine_program()
    home = tmp_path / "node"
    made = qos(home, "node", "init", "--port-base", "0")
    assert made["p2p"].startswith(made["node_id"])
    assert "holds a node already" in qos(home, "node", "init", code=1)["message"]
    assert qos(home, "node", "status", code=3)["next"] == "qos node start runs it"
    with started(home) as url:
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
