"""`qos doctor`: a healthy home has no problem; each fault is found, named, and told what to do about."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from qos.client.node import Status
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.ports import BlockRow
from qos.node.config import ChainConfig, RpcConfig, render_config
from qos.node.doctor.chain import STALLED_MS, look_at_newest
from qos.node.doctor.findings import Level, as_json, as_text, problems_in
from qos.node.doctor.host import (
    LITTLE_BYTES,
    SCARCE_BYTES,
    look_at_clock,
    look_at_disk,
    look_at_packages,
    look_at_python,
    look_at_secrets,
)
from qos.node.doctor.network import examine
from qos.node.home import ChainHome, NetworkHome, locked
from qos.node.sockets import listen
from qos.node.validators import read_seeds, write_seeds
from qos.testing.command_line import qos_json
from qos.testing.node_homes import make_home, running

BLOCKS = 12
NOBODY = 65_534


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


def test_an_old_interpreter_and_a_missing_package_are_problems() -> None:
    assert look_at_python((3, 10, 9)).level is Level.PROBLEM
    assert look_at_python((3, 11, 0)).level is Level.OK
    assert look_at_packages(("lmdb",)).level is Level.OK
    missing = look_at_packages(("lmdb", "no-such-package"))
    assert (missing.level, "no-such-package is not installed" in missing.message) == (Level.PROBLEM, True)


def test_keys_another_user_owns_are_a_problem() -> None:
    """Looked at by somebody else: a folder that is open to all, and a file in it that is not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "validators.json"
        file.write_text("{}")
        file.chmod(0o600 if os.geteuid() == 0 else 0)
        child = os.fork()
        if not child:
            if os.geteuid() == 0:
                os.setuid(NOBODY)
            (found,) = look_at_secrets("node", (file,))
            os._exit(0 if found.level is Level.PROBLEM and "run as the user" in found.next_step else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_a_node_whose_newest_block_is_old_is_a_problem(home: ChainHome) -> None:
    block_ns = 1_800_000_000 * 10**9
    status = Status(
        chain_id="qos-1",
        version="0.38.26",
        moniker="m",
        height=7,
        time_ns=block_ns,
        block_hash=b"",
        app_hash=b"",
        catching_up=False,
    )
    for age_ms, heartbeat_ms, level in (
        (STALLED_MS, 1_000, Level.OK),
        (STALLED_MS + 1, 1_000, Level.PROBLEM),
        (STALLED_MS + 1, STALLED_MS, Level.OK),
    ):
        assert look_at_newest(home, status, block_ns + age_ms * 10**6, heartbeat_ms).level is level


def test_too_few_keys_for_blocks_are_a_warning(home: ChainHome) -> None:
    seeds = read_seeds(home.validator_keys_file)
    home.validator_keys_file.unlink()
    write_seeds(home.validator_keys_file, seeds[:2])
    assert levels(home)["genesis"] is Level.WARNING


def test_a_lost_sign_state_is_a_warning(home: ChainHome) -> None:
    home.sign_state_file.unlink()
    assert levels(home)["sign state"] is Level.WARNING


def test_a_block_that_does_not_follow_is_found_by_reading_all(home: ChainHome) -> None:
    other = make_home(home.folder.parent / "other")
    with running(other) as node:
        node.make(BLOCKS - 1)
        stranger = node.producer.produce(node.producer.state.time_ns + 5 * 10**9, ())
        stranger = node.producer.produce(node.producer.state.time_ns + 5 * 10**9, ())
        sets = tuple((at, node.blocks.validators(at)) for at in range(BLOCKS + 1, BLOCKS + 4))
    blocks = LmdbBlockStore(home.blocks_folder)
    blocks.append(BlockRow(committed=stranger, validators=sets))
    blocks.close()
    assert levels(home, deep=True)["blocks"] is Level.PROBLEM


def test_an_empty_folder_is_no_home(tmp_path: Path) -> None:
    findings = tuple(examine(NetworkHome(tmp_path / "nothing"), deep=False))
    assert problems_in(findings) == 1
    assert findings[-1].name == "home"
    assert "qos up" in as_text(findings)
    assert as_json(findings)["problems"] == 1


def test_the_command_exits_with_1_when_something_is_wrong(home: ChainHome) -> None:
    for fault, code in ((lambda each: None, 0), (open_keys, 1)):
        fault(home)
        ended, report = qos_json("doctor", "--home", home.folder)
        assert (ended, bool(report["problems"])) == (code, bool(code))
