"""`qos up --engine cometbft` as a person runs it: Ctrl-C ends all of it, the next `qos up` resumes the same chains."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qos.base.amounts import E18
from qos.node.comet.report import read_report
from qos.node.home import NetworkHome
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.running_network import QOS, Network, start, stop
from qos.testing.waiting import is_running, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
CHAINS = ("public", "shop-1", "cassini-1")


@pytest.fixture
def home() -> Iterator[Path]:
    engine_program()
    folder = Path(tempfile.mkdtemp(prefix="qos-up-comet-"))
    try:
        yield folder
    finally:
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def programs(home: Path) -> set[int]:
    """Return the processes of all nodes: supervisors, applications, engines, edges."""
    found: set[int] = set()
    for name in CHAINS:
        report = read_report(NetworkHome(home).chain(name))
        assert report is not None
        found |= {report.pid, report.app, report.engine, report.edges}
    return found


def up_until_ctrl_c(home: Path) -> tuple[str, set[int]]:
    """Run the network in front until it says it is ready, then press Ctrl-C; returns what it said and what ran."""
    command = [str(QOS), "up", "--engine", "cometbft", "--home", str(home), "--port-base", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        ran = programs(home)
        process.send_signal(signal.SIGINT)
        lines.append(process.stdout.read())
        assert process.wait(timeout=60) == 0
    return "".join(lines), ran


def vouchers(network: Network) -> set[int]:
    found = network.qos("query", "bank", "balances", "dave", "--chain", "shop-1")["balances"]
    return {int(coin["amount"]) for coin in found if coin["denom"].startswith("qcp/")}


def heights(status: Any) -> dict[str, int]:
    return {name: chain["height"] for name, chain in status["chains"].items()}


def test_ctrl_c_ends_all_programs_and_the_next_up_goes_on_with_the_same_chains(home: Path) -> None:
    said, ran = up_until_ctrl_c(home)
    assert "sending a transfer on every chain and a packet between them" in said
    assert "The network is ready." in said
    assert said.rstrip().endswith("stopped")
    assert len(ran) == 4 * len(CHAINS)
    until(lambda: not any(map(is_running, ran)), "the end of every program")

    network = start(home)
    status = network.qos("status")
    assert status["phase"] == "ready"
    assert len(status["relays"]) == 4
    assert min(heights(status).values()) > 3
    sent = network.qos(
        *("tx", "qcp", "send-transfer", "--from", "dave", "--recipient", "dave", "--destination", "shop-1"),
        *("--amount", "3qos", "--wait"),
    )
    assert sent["code"] == 0
    until(lambda: 3 * E18 in vouchers(network), "the packet on the business chain", 240)
    until(lambda: heights(network.qos("status"))["public"] > heights(status)["public"], "further blocks")
    refused = network.qos("up", "--engine", "embedded", code=1)
    assert "already" in refused["message"]
    stop(home)
    other = network.qos("up", "--engine", "embedded", code=1)
    assert "runs on cometbft, not on embedded" in other["message"]
