"""A node whose store has used up its address space ends with the exit code that says: start me again; it goes on."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from qos.node.config import ChainConfig, NetworkChain, load_config, render_config
from qos.node.home import ChainHome, NetworkHome
from qos.node.layout import NetworkPlan, lay_out
from qos.node.program import EXIT_AGAIN
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
CHAIN = NetworkChain(folder="public", chain_id="qos-1", kind="public")
PROGRAM = (sys.executable, "-m", "tests.e2e.small_map_node")


@pytest.fixture
def home(tmp_path: Path) -> ChainHome:
    """A chain that makes blocks as fast as it can and forgets none of its states."""
    network = NetworkHome(tmp_path)
    lay_out(network, NetworkPlan(port_base=0, relays=0, chains=(CHAIN,)))
    found = network.chain(CHAIN.folder)
    config = load_config(ChainConfig, found.config_file)
    changes = {
        "engine": config.engine.model_copy(update={"heartbeat_ms": 1}),
        "store": config.store.model_copy(update={"pruning": "archive"}),
    }
    found.config_file.write_text(render_config(config.model_copy(update=changes)), "utf-8")
    return found


def start(home: ChainHome) -> subprocess.Popen[bytes]:
    home.endpoints_file.unlink(missing_ok=True)
    with errors(home).open("wb") as stream:
        return subprocess.Popen((*PROGRAM, "--home", str(home.folder)), stderr=stream)


def errors(home: ChainHome) -> Path:
    return home.folder / "errors.txt"


def height_of(home: ChainHome) -> int:
    """Return the height of the newest block, 0 while the node does not answer."""
    try:
        rpc = json.loads(home.endpoints_file.read_text())["rpc"]
        return int(httpx.get(f"{rpc}/status", timeout=5).json()["result"]["sync_info"]["latest_block_height"])
    except (FileNotFoundError, httpx.HTTPError):
        return 0


def test_a_node_with_a_full_map_says_start_again_and_goes_on_from_there(home: ChainHome) -> None:
    node = start(home)
    heights = [0]

    def ended() -> bool:
        heights.append(height_of(home))
        return node.poll() is not None

    until(ended, "a full map", 120)
    assert node.returncode == EXIT_AGAIN
    assert "start again for more" in errors(home).read_text()
    again = start(home)
    until(lambda: height_of(home) > max(heights) + 50, "more blocks", 60)
    again.send_signal(signal.SIGTERM)
    assert again.wait(30) == 0, errors(home).read_text()
