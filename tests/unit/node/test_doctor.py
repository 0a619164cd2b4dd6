"""`qos doctor`: a healthy home has no problem; each fault is found, named, and told what to do about."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.base.strictjson import parse_json
from qos.cli.main import main
from qos.node.config import ChainConfig, RpcConfig, render_config
from qos.node.doctor.findings import Level, as_json, as_text, problems_in
from qos.node.doctor.host import LITTLE_BYTES, SCARCE_BYTES, look_at_clock, look_at_disk
from qos.node.doctor.network import examine
from qos.node.home import ChainHome, NetworkHome, locked
from qos.node.sockets import listen
from qos.testing.node_homes import make_home, running

BLOCKS = 12


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> ChainHome:
    result = make_home(tmp_path_factory.mktemp("doctor") / "node")
    with running(result) as node:
        node.make(BLOCKS)
    return result


@pytest.fixture
def home(original: ChainHome, tmp_path: Path) -> ChainHome:
    shutil.copytree(original.folder, tmp_path / "node")
    return ChainHome(tmp_path / "node")


def levels(home: ChainHome, *, deep: bool = False) -> dict[str, Level]:
    """Return the worst level by name of what was looked at."""
    worst: dict[str, Level] = {}
    for each in examine(NetworkHome(home.folder), deep=deep):
        assert each.level is Level.OK or each.next_step
        if worst.get(each.name) is not Level.PROBLEM:
            worst[each.name] = each.level
    return worst


@pytest.mark.parametrize("deep", [False, True])
def test_a_healthy_home_has_no_problem(home: ChainHome, deep: bool) -> None:
    found = levels(home, deep=deep)
    assert Level.PROBLEM not in found.values()
    expected = {
        "python",
        "packages",
        "disk",
        "clock",
        "config",
        "secrets",
        "genesis",
        "ports",
        "app hash",
        "sign state",
    }
    assert set(found) == expected | ({"state", "blocks"} if deep else set())


def test_a_home_before_its_first_block_is_healthy(tmp_path: Path) -> None:
    assert Level.PROBLEM not in levels(make_home(tmp_path / "node")).values()


def damage(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 0xFF
    file.write_bytes(content)


def bad_config(home: ChainHome) -> None:
    home.config_file.write_text("kind = 5")


def open_keys(home: ChainHome) -> None:
    home.validator_keys_file.chmod(0o644)


def no_keys(home: ChainHome) -> None:
    home.validator_keys_file.unlink()


def bad_genesis(home: ChainHome) -> None:
    home.genesis_file.write_text("{")


def cut_state(home: ChainHome) -> None:
    os.truncate(home.state_folder / "data.mdb", 10_000)


def lost_state(home: ChainHome) -> None:
    shutil.rmtree(home.state_folder)


def cut_blocks(home: ChainHome) -> None:
    os.truncate(home.blocks_folder / "data.mdb", 10_000)


def older_blocks(home: ChainHome) -> None:
    shutil.rmtree(home.blocks_folder)
    other = make_home(home.folder.parent / "other")
    with running(other) as node:
        node.make(BLOCKS - 5)
    shutil.copytree(other.blocks_folder, home.blocks_folder)


def other_state(home: ChainHome) -> None:
    shutil.rmtree(home.state_folder)
    other = make_home(home.folder.parent / "other")
    with running(other) as node:
        for _ in range(BLOCKS):
            node.producer.produce(node.producer.state.time_ns + 10**9, ())
    shutil.copytree(other.state_folder, home.state_folder)


def damaged_sign_state(home: ChainHome) -> None:
    home.sign_state_file.write_text("{")


def signed_ahead(home: ChainHome) -> None:
    home.sign_state_file.write_text(json.dumps({"height": BLOCKS + 9, "block_hash": "00" * 32}))


FAULTS: dict[str, tuple[str, Callable[[ChainHome], None]]] = {
    "a malformed configuration": ("config", bad_config),
    "keys others may read": ("secrets", open_keys),
    "missing keys": ("secrets", no_keys),
    "a malformed genesis": ("genesis", bad_genesis),
    "a cut state": ("stores", cut_state),
    "a lost state": ("stores", lost_state),
    "cut blocks": ("stores", cut_blocks),
    "older blocks than state": ("heights", older_blocks),
    "a state that is not that of the blocks": ("app hash", other_state),
    "a damaged sign state": ("sign state", damaged_sign_state),
    "keys that signed above the blocks": ("sign state", signed_ahead),
}


@pytest.mark.parametrize(("name", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_a_problem_by_its_name(home: ChainHome, name: str, fault: Callable[[ChainHome], None]) -> None:
    fault(home)
    assert levels(home)[name] is Level.PROBLEM


def test_values_changed_deep_inside_are_found_by_reading_all(home: ChainHome) -> None:
    file = home.state_folder / "data.mdb"
    content = file.read_bytes()
    for at in range(8192, len(content), 1500):
        if content[at]:
            damage(file, at)
    assert Level.PROBLEM in levels(home, deep=True).values()


def test_a_taken_port_and_a_silent_process_are_problems(home: ChainHome) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        config = ChainConfig(kind="public", moniker="test", rpc=RpcConfig(port=port))
        home.config_file.write_text(render_config(config))
        assert levels(home)["ports"] is Level.PROBLEM
    with locked(home.folder):
        assert levels(home)["node"] is Level.PROBLEM


def test_disk_and_clock_have_bounds(tmp_path: Path) -> None:
    assert look_at_disk(tmp_path, SCARCE_BYTES - 1).level is Level.PROBLEM
    assert look_at_disk(tmp_path, SCARCE_BYTES).level is Level.WARNING
    assert look_at_disk(tmp_path, LITTLE_BYTES).level is Level.OK
    now = 1_800_000_000 * 10**9
    assert look_at_clock(now, now + 10**9).level is Level.OK
    assert look_at_clock(now, now + 2 * 10**9).level is Level.PROBLEM
    assert look_at_clock(0).level is Level.PROBLEM


def test_an_empty_folder_is_no_home(tmp_path: Path) -> None:
    findings = tuple(examine(NetworkHome(tmp_path / "nothing"), deep=False))
    assert problems_in(findings) == 1
    assert findings[-1].name == "home"
    assert "qos up" in as_text(findings)
    assert as_json(findings)["problems"] == 1


def test_the_command_exits_with_1_when_something_is_wrong(home: ChainHome, capsys: pytest.CaptureFixture[str]) -> None:
    for fault, code in ((lambda each: None, 0), (open_keys, 1)):
        fault(home)
        with pytest.raises(SystemExit) as ended:
            main(["doctor", "--home", str(home.folder), "--output", "json"])
        assert ended.value.code == code
        report = parse_json(capsys.readouterr().out)
        assert isinstance(report, dict)
        assert bool(report["problems"]) is bool(code)
