"""Programs started through the nursery, with programs of this test in place of chains and relays."""

import os
import signal
from pathlib import Path

import pytest

from qos.node import children
from qos.node.children import Child, Programs, now_ms
from qos.node.errors import StartFailed
from qos.node.program import EXIT_REFUSED
from qos.testing.waiting import until

BAD_CONFIG = 'kind = "public"\n'


def test_a_program_whose_configuration_is_bad_says_so_and_is_not_started_again(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(BAD_CONFIG)
    programs = Programs()
    child = Child("public", "chain", tmp_path)

    def ended() -> bool:
        programs.poll()
        return child.has_ended

    try:
        programs.start(child)
        until(ended, "its end")
        assert child.exit_code == EXIT_REFUSED
        with pytest.raises(StartFailed, match="moniker: Field required"):
            child.check_alive()
        with pytest.raises(StartFailed, match="moniker"):
            child.wants_restart(now_ms())
    finally:
        programs.close()


def test_the_nurserys_end_is_noticed() -> None:
    programs = Programs()
    os.kill(programs.pid, signal.SIGKILL)

    def is_noticed() -> bool:
        try:
            programs.poll()
        except StartFailed:
            return True
        return False

    until(is_noticed, "notice of its end")
    programs.close()


def test_restarts_wait_longer_each_time_until_one_runs_steadily(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0
    child = Child("public", "chain", tmp_path)

    def delay_after(ran_ms: int) -> int:
        nonlocal clock
        child.started(1, clock)
        clock += ran_ms
        child.ended(1, clock)
        began = clock
        while not child.wants_restart(clock):
            clock += 100
        return clock - began

    assert [delay_after(10) for _ in range(6)] == [500, 1_000, 2_000, 5_000, 15_000, 15_000]
    assert delay_after(children.STEADY_MS + 1) == 500
    assert delay_after(10) == 1_000


def test_the_last_words_are_the_last_line_or_the_exit_code(tmp_path: Path) -> None:
    child = Child("public", "chain", tmp_path)
    child.started(1, 0)
    child.ended(-9, 1)
    assert child.last_words() == "exit code -9"
    (tmp_path / children.ERROR_FILE).write_text("first\nport 5 is taken\n")
    assert child.last_words() == "port 5 is taken"
