"""`qos up` as a person runs it: real processes, free ports, the command line from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from qos.testing.waiting import is_running, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
UNIT = 10**18


def qos(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qos.cli.main", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


def answer(*arguments: object) -> Any:
    return json.loads(qos(*arguments, "--output", "json").stdout)


def pids(network: Any) -> list[int]:
    return [network["pid"], *(c["pid"] for c in network["chains"].values()), *(r["pid"] for r in network["relays"])]


def balance(home: Path, who: str, denom: str = "aqos", chain: str = "public") -> int:
    found = answer("query", "bank", "balance", who, "--denom", denom, "--home", home, "--chain", chain)
    return int(found["balance"]["amount"])


def up(home: Path, *more: object) -> Any:
    return answer("up", "--home", home, "--port-base", 0, "--detach", *more)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("network")
    up(folder)
    yield folder
    qos("down", "--home", folder, check=False)


def test_ready_names_chains_endpoints_relays_and_accounts(home: Path) -> None:
    network = answer("status", "--home", home)
    assert network["phase"] == "ready"
    ids = {folder: chain["chain_id"] for folder, chain in network["chains"].items()}
    assert ids == {"public": "qos-1", "shop-1": "shop-1", "cassini-1": "cassini-1"}
    assert all(chain["height"] > 1 for chain in network["chains"].values())
    assert len(network["relays"]) == 4
    assert len(set(pids(network))) == 8
    assert all(is_running(pid) for pid in pids(network))
    assert set(network["accounts"]) == {"alice", "bob", "carol", "dave"}


def test_each_node_serves_its_figures(home: Path) -> None:
    for folder in ("public", "shop-1", "cassini-1"):
        endpoints = json.loads((home / folder / "endpoints.json").read_text())
        with urlopen(endpoints["metrics"] + "/metrics", timeout=10) as answered:
            families = {each.name: each for each in text_string_to_metric_families(answered.read().decode())}
        value = {name: family.samples[0].value for name, family in families.items() if family.samples}
        assert value["qos_node_height"] > 1
        assert value["qos_node_block_age_seconds"] < 60
        assert value["qos_node_state_bytes"] > 0
        assert value["qos_node_validators"] == 4
        assert value["process_resident_memory_bytes"] > 1 << 20
        calls = {each.labels["stage"]: each.value for each in families["qos_node_stage_calls"].samples}
        assert calls["execute"] == calls["commit"] > 1
        assert {each.labels["edge"] for each in families["qos_node_requests"].samples} >= {"rpc"}
        with urlopen(endpoints["metrics"] + "/status", timeout=10) as answered:
            assert json.loads(answered.read())["height"] > 1


def test_a_transfer_arrives_and_its_balance_is_proven(home: Path) -> None:
    before = balance(home, "carol")
    sent = answer(
        "tx", "bank", "send", "--from", "alice", "--to-address", "carol", "--amount", "5qos", "--wait", "--home", home
    )
    assert sent["code"] == 0
    assert answer("query", "tx", sent["hash"], "--home", home)["height"] == sent["height"]
    proven = answer("query", "bank", "balance", "carol", "--denom", "aqos", "--prove", "--home", home)
    assert int(proven["balance"]["amount"]) == before + 5 * UNIT
    assert proven["proof"]["height"] >= sent["height"]
    assert 3 * proven["proof"]["signed_power"] > 2 * proven["proof"]["total_power"]


def test_coins_cross_to_the_other_chain_and_come_back(home: Path) -> None:
    before = balance(home, "dave")
    common = ("--home", home, "--wait")
    crossing = ("tx", "qcp", "send-transfer", "--from", "dave", "--recipient", "dave")
    answer(*crossing, "--destination", "shop-1", "--amount", "3qos", *common)

    def vouchers() -> dict[str, int]:
        held = answer("query", "bank", "balances", "dave", "--chain", "shop-1", "--home", home)["balances"]
        return {coin["denom"]: int(coin["amount"]) for coin in held if coin["denom"].startswith("qcp/")}

    until(lambda: 3 * UNIT in vouchers().values(), "the voucher")
    assert balance(home, "dave") < before - 3 * UNIT
    voucher = next(denom for denom, amount in vouchers().items() if amount == 3 * UNIT)
    left = balance(home, "dave")
    answer(*crossing, "--destination", "qos-1", "--amount", f"{3 * UNIT}{voucher}", "--chain", "shop-1", *common)
    until(lambda: balance(home, "dave") == left + 3 * UNIT, "what came home")
    until(lambda: voucher not in vouchers(), "the end of the voucher")


def test_errors_of_a_running_chain_have_codes_and_change_nothing(home: Path) -> None:
    before = balance(home, "bob")
    refused = qos(
        *("tx", "bank", "send", "--from", "bob", "--to-address", "alice", "--amount", "99000000qos"),
        *("--home", home, "--output", "json"),
        check=False,
    )
    report = json.loads(refused.stderr)
    assert refused.returncode == 1
    assert (report["codespace"], report["code"]) == ("sdk", 5)
    assert "insufficient funds" in report["message"]
    assert report["next"]
    assert balance(home, "bob") == before


def test_a_second_network_in_the_same_home_is_refused(home: Path) -> None:
    refused = qos("up", "--home", home, "--output", "json", check=False)
    report = json.loads(refused.stderr)
    assert refused.returncode == 1
    assert (report["codespace"], report["code"]) == ("node", 2)
    assert "qos down" in report["next"]


def test_killed_programs_are_started_again_and_lose_nothing(home: Path) -> None:
    network = answer("status", "--home", home)
    held = balance(home, "carol")
    victims = {network["chains"]["public"]["pid"], network["relays"][2]["pid"]}
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(is_running(pid) for pid in victims), "their end")

    def is_whole() -> bool:
        now = answer("status", "--home", home)
        return all(is_running(pid) for pid in pids(now)) and now["chains"]["public"]["height"] is not None

    until(is_whole, "the whole network")
    assert victims.isdisjoint(pids(answer("status", "--home", home)))
    assert balance(home, "carol") == held


def test_down_and_up_resume_the_same_chains_one_of_them_from_its_snapshot(home: Path) -> None:
    before, held = answer("status", "--home", home), balance(home, "carol")
    snapshot = answer("snapshot", "export", "--home", home)
    assert snapshot["height"] >= before["chains"]["public"]["height"] - 1
    examined = answer("doctor", "--home", home)
    assert [each for each in examined["findings"] if each["level"] == "problem"] == []
    qos("down", "--home", home)
    until(lambda: not any(is_running(pid) for pid in pids(before)), "the end of all")
    stopped = qos("status", "--home", home, check=False)
    assert stopped.returncode == 3
    (home / "public" / "data" / "state").rename(home / "public" / "data" / "old")
    assert answer("snapshot", "import", snapshot["folder"], "--home", home)["height"] == snapshot["height"]
    exported = json.loads(qos("export", "--home", home, "--chain", "shop-1").stdout)
    assert exported["chain_id"] == "shop-1"
    after = answer("up", "--home", home, "--detach")
    assert balance(home, "carol") == held
    assert after["accounts"] == before["accounts"]
    for folder, chain in answer("status", "--home", home)["chains"].items():
        assert chain["height"] > before["chains"][folder]["height"]
        assert chain["rpc"] == before["chains"][folder]["rpc"]


def test_ctrl_c_stops_everything_and_reset_begins_anew(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qos.cli.main", "up", "--home", str(tmp_path), "--port-base", "0"]
    with subprocess.Popen([*command, "--reset"], stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        network = answer("status", "--home", tmp_path)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(timeout=30) == 0
    text = "".join(lines)
    assert "The network is ready." in text
    assert text.count("  qos ") == 3
    assert network["accounts"]["alice"] in text
    assert rest.strip() == "stopped"
    until(lambda: not any(is_running(pid) for pid in pids(network)), "the end of all")
    again = up(tmp_path, "--reset")
    try:
        assert again["accounts"]["alice"] != network["accounts"]["alice"]
    finally:
        os.kill(again["pid"], signal.SIGKILL)
        # Nobody is left to stop them: they see the end of who started them.
        until(lambda: not any(is_running(pid) for pid in pids(again)), "the end of all")


def test_a_taken_port_is_named_and_leaves_nothing_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = qos("up", "--home", tmp_path, "--port-base", port, "--detach", "--output", "json", check=False)
    report = json.loads(refused.stderr)
    assert refused.returncode == 1
    assert report["codespace"] == "node"
    assert str(port) in report["message"]
    assert "--port-base" in report["next"] or "see" in report["next"]
    assert qos("status", "--home", tmp_path, check=False).returncode == 3
