"""A chain node whose home is not what it left behind: a clear error at start, nothing changed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.node import layout
from qos.node.home import ChainHome, NetworkHome
from qos.testing.waiting import told_by

THREE_PAGES = 3 * 4_096
"""Both meta pages and one more: the tail of the file is unused space the database does not miss."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def start(home: ChainHome) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "qos.node.run_chain", "--home", str(home.folder)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def home(tmp_path: Path) -> ChainHome:
    """A chain that ran for some blocks and was stopped."""
    network = NetworkHome(tmp_path)
    layout.lay_out(network, layout.NetworkPlan(port_base=0, relays=4, chains=layout.CHAINS[:1]))
    chain = network.chain("public")
    process = start(chain)
    told_by(process, chain.endpoints_file)
    process.terminate()
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0
    return chain


def cut(file: Path, kept_bytes: int) -> str:
    file.write_bytes(file.read_bytes()[:kept_bytes])
    return str(file)


def cut_state(home: ChainHome) -> str:
    return cut(home.state_folder / "data.mdb", THREE_PAGES)


def cut_blocks(home: ChainHome) -> str:
    return cut(home.blocks_folder / "data.mdb", THREE_PAGES)


def other_genesis(home: ChainHome) -> str:
    document = json.loads(home.genesis_file.read_text())
    document["genesis_time"] = "2020-01-01T00:00:00Z"
    home.genesis_file.write_text(json.dumps(document))
    return "genesis"


def no_genesis(home: ChainHome) -> str:
    home.genesis_file.unlink()
    return str(home.genesis_file)


def damaged_keys(home: ChainHome) -> str:
    return cut(home.validator_keys_file, 100)


def damaged_sign_state(home: ChainHome) -> str:
    home.sign_state_file.write_text("{")
    return str(home.sign_state_file)


@pytest.mark.parametrize("damage", [cut_state, cut_blocks, other_genesis, no_genesis, damaged_keys, damaged_sign_state])
def test_a_damaged_home_is_refused_with_its_name(home: ChainHome, damage: Callable[[ChainHome], str]) -> None:
    named = damage(home)
    with start(home) as process:
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 78
    assert named in errors
    assert "Traceback" not in errors
