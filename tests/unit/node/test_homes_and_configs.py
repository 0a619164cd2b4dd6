import os
import subprocess
import sys
from pathlib import Path

import pytest

from qos.node import relay_keys
from qos.node.config import ChainConfig, NetworkChain, NetworkConfig, RpcConfig, load_config, render_config
from qos.node.errors import BadConfig, HomeInUse, PortTaken
from qos.node.home import NetworkHome, holder, locked
from qos.node.running import Phase, Running, RunningChain, RunningRelay, read_report, read_running, write_running
from qos.node.sockets import listen, url_of
from qos.node.validators import new_seeds, read_seeds, write_seeds

CHAIN = ChainConfig(kind="public", moniker='a "quoted" name', rpc=RpcConfig(port=26_657))
NETWORK = NetworkConfig(
    name="local", relays=4, chains=(NetworkChain(folder="public", chain_id="qos-1", kind="public"),)
)


def test_a_written_configuration_reads_back(tmp_path: Path) -> None:
    for config in (CHAIN, NETWORK):
        file = tmp_path / "config.toml"
        file.write_text(render_config(config))
        assert load_config(type(config), file) == config


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("kind = 'private'", "kind"),
        ("rpc = {port = 70000}", "rpc.port"),
        ("rpc = {port = '80'}", "rpc.port"),
        ("rpc = {port = true}", "rpc.port"),
        ("heartbeat = 5", "heartbeat"),
        ("engine = {min_interval_s = 1}", "engine.min_interval_s"),
        ("engine = {heartbeat_ms = 0}", "engine.heartbeat_ms"),
    ],
)
def test_an_unknown_key_or_a_wrong_value_is_named(tmp_path: Path, change: str, key: str) -> None:
    lines = {"kind": "kind = 'public'", "moniker": "moniker = 'm'", "rpc": "rpc = {port = 1}"}
    lines[change.split(" ")[0]] = change
    file = tmp_path / "config.toml"
    file.write_text("\n".join(lines.values()))
    with pytest.raises(BadConfig, match=f"config.toml: {key}"):
        load_config(ChainConfig, file)


@pytest.mark.parametrize("content", [b"kind = ", b"\xff\xfe"])
def test_what_is_no_toml_is_refused_with_its_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(BadConfig, match=r"config\.toml"):
        load_config(ChainConfig, file)
    with pytest.raises(BadConfig, match="does not exist"):
        load_config(ChainConfig, tmp_path / "other.toml")


def test_a_home_belongs_to_one_process(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with locked(tmp_path):
        assert holder(tmp_path) == os.getpid()
        with pytest.raises(HomeInUse, match=str(os.getpid())), locked(tmp_path):
            pass
    assert holder(tmp_path) is None
    with locked(tmp_path):
        pass


def test_a_chain_node_refuses_a_home_in_use(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(render_config(CHAIN))
    with locked(tmp_path):
        command = [sys.executable, "-m", "qos.node.run_chain", "--home", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 78
    assert f"in use by process {os.getpid()}" in done.stderr


def test_a_taken_port_is_an_error_of_its_own() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert url_of(first) == f"http://127.0.0.1:{port}"
        with pytest.raises(PortTaken, match=str(port)):
            listen("127.0.0.1", port)


def test_the_report_of_a_network_counts_only_while_its_process_holds_the_home(tmp_path: Path) -> None:
    home = NetworkHome(tmp_path)
    running = Running(
        pid=os.getpid(),
        phase=Phase.READY,
        progress="ready",
        chains=(RunningChain(folder="public", chain_id="qos-1", kind="public", rpc="http://h:1", pid=7),),
        relays=(RunningRelay(number=0, pid=8),),
    )
    with locked(tmp_path):
        write_running(home, running)
        assert read_running(home) == running
    assert read_running(home) is None
    assert read_report(home) == running
    for damaged in (b'{"pid": 1}', b'{"pid": "\xff"}'):
        home.state_file.write_bytes(damaged)
        with pytest.raises(BadConfig, match=r"running\.json"):
            read_report(home)


def test_secret_files_are_the_owners_alone_and_survive_reading(tmp_path: Path) -> None:
    seeds = new_seeds(4)
    file = tmp_path / "validators.json"
    write_seeds(file, seeds)
    keys = relay_keys.create(tmp_path / "relay")
    assert read_seeds(file) == seeds
    assert len(set(seeds)) == 4
    assert relay_keys.load(tmp_path / "relay") == keys
    for path in (file, tmp_path / "relay" / relay_keys.FILE_NAME):
        assert path.stat().st_mode & 0o777 == 0o600
    assert keys.account.hex() not in repr(keys)
    with pytest.raises(FileExistsError):
        write_seeds(file, seeds)


@pytest.mark.parametrize(
    "content", ["", "{}", '{"ed25519_seeds": []}', '{"ed25519_seeds": ["00"]}', '{"ed25519_seeds": 5}']
)
def test_damaged_validator_keys_are_refused_with_their_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "validators.json"
    file.write_text(content)
    with pytest.raises(BadConfig, match=r"validators\.json"):
        read_seeds(file)


@pytest.mark.parametrize(
    ("text", "versions"),
    [("", 100), ('pruning = "everything"', 2), ("keep_versions = 7", 7), ('pruning = "archive"', 1 << 62)],
)
def test_the_pruning_mode_says_how_many_versions_are_kept(tmp_path: Path, text: str, versions: int) -> None:
    (tmp_path / "config.toml").write_text(f'kind = "public"\nmoniker = "m"\n[rpc]\nport = 0\n[store]\n{text}\n')
    assert load_config(ChainConfig, tmp_path / "config.toml").store.kept_versions == versions


@pytest.mark.parametrize("text", ['pruning = "some"', "keep_versions = 1", "retain_blocks = 99", "cache_levels = 33"])
def test_a_pruning_that_cannot_work_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(f'kind = "public"\nmoniker = "m"\n[rpc]\nport = 0\n[store]\n{text}\n')
    with pytest.raises(BadConfig, match="store"):
        load_config(ChainConfig, tmp_path / "config.toml")


@pytest.mark.parametrize(("text", "levels"), [("", 20), ("cache_levels = 22", 22)])
def test_an_operator_says_how_much_of_the_trees_stays_in_memory(tmp_path: Path, text: str, levels: int) -> None:
    (tmp_path / "config.toml").write_text(f'kind = "public"\nmoniker = "m"\n[rpc]\nport = 0\n[store]\n{text}\n')
    assert load_config(ChainConfig, tmp_path / "config.toml").store.cache_levels == levels
