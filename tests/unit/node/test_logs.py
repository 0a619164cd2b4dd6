"""Logs: what a line holds, what it never holds, and how many files there are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from qos.node.config import ChainConfig, load_config
from qos.node.errors import BadConfig
from qos.node.logs import HIDDEN, SECRET_NAMES, LogPlan, open_log
from qos.wallet.errors import BadPhrase
from qos.wallet.phrase import entropy_of


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_line_is_an_object_with_event_level_time_and_values(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "node.log"
    with open_log(file, LogPlan()):
        structlog.get_logger("qos.a").info("listening", rpc="http://h", height=5)
    (line,) = lines(file)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "listening", "level": "info", "rpc": "http://h", "height": 5}
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_only_the_level_and_above_is_written(tmp_path: Path, level: str, count: int) -> None:
    file = tmp_path / "node.log"
    with open_log(file, LogPlan(level=level)):
        log = structlog.get_logger("qos.b")
        for each in (log.debug, log.info, log.warning, log.error):
            each("event")
    assert len(lines(file)) == count


def test_an_error_is_logged_with_its_trace(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    with open_log(file, LogPlan()):
        try:
            entropy_of("no words")
        except BadPhrase:
            structlog.get_logger("qos.c").exception("failed")
    assert "BadPhrase" in lines(file)[0]["exception"]


def test_no_secret_reaches_the_file_in_either_form(tmp_path: Path) -> None:
    for form in ("json", "console"):
        file = tmp_path / f"{form}.log"
        with open_log(file, LogPlan(form=form)):
            structlog.get_logger(f"qos.{form}").info("made", **dict.fromkeys(SECRET_NAMES, "a b c"), name="alice")
        text = file.read_text()
        assert "a b c" not in text
        assert text.count(HIDDEN) == len(SECRET_NAMES)
        assert "alice" in text


def test_the_console_form_is_for_people(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    with open_log(file, LogPlan(form="console")):
        structlog.get_logger("qos.d").warning("slow", height=7)
    assert "slow" in file.read_text()
    assert "height=7" in file.read_text()
    assert "\x1b" not in file.read_text()


def test_a_full_file_is_set_aside_and_old_ones_go(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    with open_log(file, LogPlan(max_bytes=1_000, keep_files=2)):
        log = structlog.get_logger("qos.e")
        for number in range(60):
            log.info("event", number=number)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["node.log", "node.log.1", "node.log.2"]
    assert all(each.stat().st_size <= 1_000 for each in tmp_path.iterdir())
    numbers = [line["number"] for name in ("node.log.2", "node.log.1", "node.log") for line in lines(tmp_path / name)]
    assert numbers == list(range(numbers[0], 60))


def test_a_restart_goes_on_in_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    for number in range(2):
        with open_log(file, LogPlan()):
            structlog.get_logger(f"qos.f{number}").info("started", number=number)
    assert [line["number"] for line in lines(file)] == [0, 1]


@pytest.mark.parametrize("text", ['level = "loud"', 'form = "xml"', "max_bytes = 5", "keep_files = 0"])
def test_a_plan_that_cannot_work_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'kind = "public"\nmoniker = "m"\n[rpc]\nport = 0\n[log]\n{text}\n')
    with pytest.raises(BadConfig, match="log"):
        load_config(ChainConfig, file)
