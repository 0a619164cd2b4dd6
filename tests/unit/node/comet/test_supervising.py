"""The tree of a node's processes, with stand-ins for application, engine and edges."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qos.base.strictjson import parse_json
from qos.node.comet.making import NodePlan, make_node
from qos.node.comet.report import Condition, NodeReport, read_report
from qos.node.home import ChainHome
from qos.node.ports import Ports
from qos.node.program import EXIT_AGAIN, EXIT_REFUSED
from qos.node.service import ADDRESS_NAME
from qos.testing.waiting import until

# Processes: beside each other they would make every deadline a guess.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
PORTS = Ports(rpc=1, grpc=2, rest=3, metrics=4, p2p=5)
OBEYS = '#!/bin/sh\necho "I run $2 $3"\nexec sleep 600\n'
DEAF = "#!/bin/sh\ntrap '' TERM\nwhile true; do sleep 1; done\n"
GIVES_UP = "#!/bin/sh\necho 'CONSENSUS FAILURE!!! err=no space left'\nexec sleep 600\n"
PANICS = "#!/bin/sh\necho 'panic: wrong app hash'\necho more\nexit 2\n"
DEADLINE_S = 60
STOPPED_WITHIN_S = 10


class Node:
    """A running supervisor."""

    def __init__(self, folder: Path, engine: str, *options: str, notify: str = "") -> None:
        self.home = ChainHome(folder / "node")
        make_node(self.home, NodePlan(kind="public", moniker="m", ports=PORTS))
        program = folder / "engine"
        program.write_text(engine)
        program.chmod(0o755)
        command = [sys.executable, "-m", "qos.testing.standin_node", "--home", str(self.home.folder)]
        self.process = subprocess.Popen(
            [*command, "--engine", str(program), *options],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, ADDRESS_NAME: notify},
        )

    def report(self, condition: Condition = Condition.READY) -> NodeReport:
        def found() -> NodeReport | None:
            report = read_report(self.home)
            return report if report is not None and report.condition is condition else None

        return until(found, "report")

    def end(self) -> tuple[int, str]:
        words = self.process.communicate(timeout=DEADLINE_S)[1]
        return self.process.returncode, words


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    running = Node(tmp_path, OBEYS)
    yield running
    running.process.kill()
    running.process.communicate()


def gone(*pids: int) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_all_three_run_and_everybody_is_told_where_the_edges_listen(node: Node) -> None:
    report = node.report()
    assert not any(gone(pid) for pid in (report.app, report.engine, report.edges))
    until(node.home.endpoints_file.exists, "the addresses")
    endpoints = parse_json(node.home.endpoints_file.read_bytes())
    assert isinstance(endpoints, dict)
    assert (endpoints["pid"], endpoints["rpc"]) == (node.process.pid, "http://127.0.0.1:1")
    assert f"I run --home {node.home.comet_folder}" in until(
        node.home.engine_log_file.read_text, "the log of the engine"
    )


def test_asked_to_stop_it_ends_its_programs_and_says_nothing(node: Node) -> None:
    report = node.report()
    began = time.monotonic()
    node.process.terminate()
    assert node.end() == (0, "")
    assert time.monotonic() - began < STOPPED_WITHIN_S
    assert gone(report.app, report.engine, report.edges)
    assert not node.home.endpoints_file.exists()
    assert read_report(node.home) is None


def test_the_service_manager_hears_when_blocks_come_and_that_the_node_stops(tmp_path: Path) -> None:
    """As systemd does with `Type=notify`: one datagram of lines after the other."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(DEADLINE_S)
        node = Node(tmp_path, OBEYS, notify=str(tmp_path / "notify"))

        def heard_until(line: str) -> list[list[str]]:
            heard: list[list[str]] = []
            while not heard or line not in heard[-1]:
                heard.append(manager.recv(4_096).decode().split("\n"))
            return heard

        try:
            starting = heard_until("READY=1")
            assert starting[0][0] == "STATUS=starting the application"
            assert all("WATCHDOG=1" in each for each in starting)
            assert heard_until("WATCHDOG=1")
            node.process.terminate()
            assert "STATUS=stopping" in heard_until("STOPPING=1")[-1]
            assert node.end() == (0, "")
        finally:
            node.process.kill()
            node.process.communicate()


def test_a_manager_that_does_not_listen_holds_up_no_node(tmp_path: Path) -> None:
    node = Node(tmp_path, OBEYS, notify=str(tmp_path / "nobody"))
    try:
        node.report()
        assert "does not listen" in node.home.log_file.read_text()
    finally:
        node.process.kill()
        node.process.communicate()


def test_what_the_supervisor_does_is_a_line_of_json_each(node: Node) -> None:
    before = node.report()
    os.kill(before.edges, signal.SIGKILL)
    until(lambda: "restarting" in node.home.log_file.read_text(), "the next start")
    node.process.terminate()
    assert node.end() == (0, "")
    lines = [json.loads(line) for line in node.home.log_file.read_text().splitlines()]
    assert all(line["level"] in ("info", "warning") and line["timestamp"].endswith("Z") for line in lines)
    told = {line["event"]: line for line in reversed(lines)}
    assert {"starting the application", "starting the engine", "starting the edges", "stopping"} <= set(told)
    assert told["ended"] == told["ended"] | {"level": "warning", "program": "edges", "code": -9}
    assert told["restarting"]["program"] == "edges"
    assert told["listening"]["rpc"] == "http://127.0.0.1:1"
    assert isinstance(told["stopped"]["height"], int)


def test_edges_that_end_are_started_again_and_nothing_else(node: Node) -> None:
    before = node.report()
    os.kill(before.edges, signal.SIGKILL)

    def again() -> NodeReport | None:
        now = read_report(node.home)
        return now if now is not None and now.edges not in (0, before.edges) else None

    after = until(again, "another engine")
    assert (after.app, after.engine) == (before.app, before.engine)


@pytest.mark.parametrize("part", ["app", "engine"])
def test_the_node_ends_with_its_application_or_engine_and_says_which(node: Node, part: str) -> None:
    report = node.report()
    os.kill(getattr(report, part), signal.SIGKILL)
    code, words = node.end()
    assert code == EXIT_AGAIN
    assert f"the {'application' if part == 'app' else part} ended with code -9" in words
    assert gone(report.app, report.engine, report.edges)


def test_when_the_supervisor_is_killed_its_programs_end_too(node: Node) -> None:
    report = node.report()
    node.process.kill()
    until(lambda: gone(report.app, report.edges), "the end of its programs")
    # The stand-in hears nothing; the real engine ends because its application has.
    os.kill(report.engine, signal.SIGKILL)


def test_the_words_of_a_panic_are_the_reason(tmp_path: Path) -> None:
    code, words = Node(tmp_path, PANICS).end()
    assert code == EXIT_AGAIN
    assert "the engine ended with code 2: panic: wrong app hash" in words


def test_what_does_not_hear_is_killed_in_time(tmp_path: Path) -> None:
    node = Node(tmp_path, DEAF)
    report = node.report()
    began = time.monotonic()
    node.process.terminate()
    assert node.end()[0] == 0
    assert time.monotonic() - began < STOPPED_WITHIN_S
    assert gone(report.engine)


def test_a_second_node_in_the_same_home_is_refused(node: Node) -> None:
    node.report()
    command = [sys.executable, "-m", "qos.node.run_node", "--home", str(node.home.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == EXIT_REFUSED
    assert f"in use by process {node.process.pid}" in done.stderr


def test_an_engine_that_gives_up_consensus_ends_the_node(tmp_path: Path) -> None:
    code, words = Node(tmp_path, GIVES_UP).end()
    assert code == EXIT_AGAIN
    assert "the engine's consensus failed: CONSENSUS FAILURE!!! err=no space left" in words


def test_consensus_that_fails_because_the_application_ends_is_laid_to_the_application(tmp_path: Path) -> None:
    """An application that leaves a block to the next version ends behind its connection, with a code of its own."""
    go = tmp_path / "go"
    node = Node(tmp_path / "node", f"#!/bin/sh\nwhile [ ! -e {go} ]; do sleep 0.05; done\n{GIVES_UP}")
    app = node.report(Condition.READY).app
    go.touch()
    until(lambda: b"CONSENSUS FAILURE" in node.home.engine_log_file.read_bytes(), "the word of the engine")
    os.kill(app, signal.SIGKILL)
    assert "the application ended with code -9" in node.end()[1]


def test_a_height_that_stands_still_is_told(tmp_path: Path) -> None:
    node = Node(tmp_path, OBEYS, "--stalled-ms", "100")
    assert "no block for" in node.report(Condition.STALLED).said
    node.process.terminate()
    assert node.end()[0] == 0
