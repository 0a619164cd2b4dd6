"""What `deploy/` starts exists: units, container file, compose file and the configurations they name."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from qos.cli.main import app
from qos.node.comet.config import CometConfig
from qos.node.comet.supervisor import STOP_DEADLINES_MS
from qos.node.config import ChainConfig, parse_config
from qos.node.program import EXIT_AGAIN, EXIT_REFUSED

REPOSITORY = Path(__file__).parents[3]
DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "sentry" / "compose.yml").read_text())
PLACES = {"rpc": 26657, "grpc": 9090, "rest": 1317, "metrics": 26660}
P2P = 26656
PREFIX = "/opt/qos/bin/"
FINDINGS = re.compile(r"^[^:\s]*qos-\S*:.*$", re.MULTILINE)


def entries(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)


def check_command(words: list[str]) -> None:
    """Ask a `qos` command for its help, which has to name every option it is given here."""
    names = [*takewhile(lambda word: not word.startswith("--"), words)]
    shown = CliRunner().invoke(app, [*names, "--help"])
    assert shown.exit_code == 0, words
    assert all(word in shown.output for word in words if word.startswith("--")), words


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_is_there(unit: Path) -> None:
    for line in entries(unit, "ExecStart"):
        program, *words = shlex.split(line)
        assert program.startswith(PREFIX)
        if program == f"{PREFIX}python":
            assert words[0] == "-m"
            assert find_spec(words[1]) is not None
        else:
            assert program == f"{PREFIX}qos"
            check_command(words)


def test_the_node_has_time_to_stop_and_is_not_started_again_in_vain() -> None:
    (unit,) = (each for each in UNITS if each.name == "qos-node@.service")
    assert int(entries(unit, "TimeoutStopSec")[0]) > sum(ms for _, ms in STOP_DEADLINES_MS) / 1_000
    kept_down = {int(code) for code in entries(unit, "RestartPreventExitStatus")[0].split()}
    assert EXIT_REFUSED in kept_down
    assert EXIT_AGAIN not in kept_down


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to judge units")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        # It looks for the program; here is the one of the tests.
        text = unit.read_text().replace(PREFIX, f"{Path(sys.executable).parent}/")
        (tmp_path / unit.name.replace("@", "@x")).write_text(text)
    services = [str(each) for each in sorted(tmp_path.iterdir())]
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *services]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert not FINDINGS.findall(done.stderr), done.stderr
    assert done.returncode == 0, done.stderr


def test_a_container_runs_a_command_that_is_there_as_nobody_special() -> None:
    ((entry, _),) = re.findall(r'^ENTRYPOINT \["(\w+)"(, .*)?\]$', CONTAINERFILE, re.MULTILINE)
    assert entry == "qos"
    check_command(words_of(CONTAINERFILE, r"^CMD \[(.*)\]$"))
    health = words_of(CONTAINERFILE, r"^HEALTHCHECK .* CMD \[(.*)\]$")
    assert health[0] == "qos"
    check_command(health[1:])
    check_command(["engine", "install"])
    assert "RUN qos engine install" in CONTAINERFILE
    assert CONTAINERFILE.index("USER qos") < CONTAINERFILE.index("ENTRYPOINT")
    exposed = {int(port) for port in re.findall(r"^EXPOSE (.*)$", CONTAINERFILE, re.MULTILINE)[0].split()}
    assert exposed == {P2P, *PLACES.values()}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
    assert all((REPOSITORY / name).exists() for line in copied for name in line.split())


def test_the_image_is_built_with_a_rust_that_knows_the_crate() -> None:
    crate = tomllib.loads((REPOSITORY / "native" / "Cargo.toml").read_text())["package"]
    (installed,) = re.findall(r"^FROM rust:(\d+)\.(\d+)-", CONTAINERFILE, re.MULTILINE)
    assert [int(part) for part in installed] >= [int(part) for part in crate["rust-version"].split(".")]


def words_of(text: str, pattern: str) -> list[str]:
    (found,) = re.findall(pattern, text, re.MULTILINE)
    return [word.strip().strip('"') for word in found.split(",")]


def test_nobody_but_the_sentries_reaches_the_validator() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        check_command(list(service["command"]))
        assert service["volumes"] == [f"{name}:/var/lib/qos"]
        assert set(service["networks"]) <= set(COMPOSE["networks"])
    validator = services.pop("validator")
    assert validator["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "ports" not in validator
    assert set(validator["depends_on"]) == set(services)
    for sentry in services.values():
        assert sentry["networks"] == ["inside", "outside"]
        inner = {int(port.rsplit(":", 1)[1]) for port in sentry["ports"]}
        assert inner == {P2P, *PLACES.values()}
        assert all(port.startswith("127.0.0.1:") for port in sentry["ports"] if port.endswith(":26660"))
    assert set(COMPOSE["volumes"]) == {"validator", *services}


def config(name: str) -> tuple[ChainConfig, CometConfig]:
    file = DEPLOY / "sentry" / name
    found = parse_config(ChainConfig, file.read_bytes(), file)
    assert isinstance(found.engine, CometConfig)
    assert found.engine.p2p_port == P2P
    assert {edge: getattr(found, edge).port for edge in PLACES} == PLACES
    return found, found.engine


def test_the_validator_dials_its_sentries_and_answers_nobody_else() -> None:
    found, engine = config("validator.toml")
    assert not engine.pex
    assert not engine.seeds
    assert {peer.split("@")[1] for peer in engine.peers} == {f"sentry-{name}:{P2P}" for name in "ab"}
    assert {getattr(found, edge).host for edge in PLACES} == {"127.0.0.1"}


def test_a_sentry_never_tells_of_its_validator_and_keeps_it_a_place() -> None:
    _, engine = config("sentry.toml")
    assert engine.pex
    assert engine.private_peers == engine.unconditional_peers
    assert len(engine.private_peers) == 1
