"""Waiting for what other processes do."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

DEADLINE_S = 180
POLL_S = 0.05
T = TypeVar("T")


def until(condition: Callable[[], T | None], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Return what a condition gives once it is true. Raises: AssertionError after the deadline."""
    end = time.monotonic() + deadline_s
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not come within {deadline_s} s"
        time.sleep(POLL_S)
    return found


def told_by(process: subprocess.Popen[str], file: Path) -> dict[str, Any]:
    """Return what a program writes of itself into a file, once it has. Raises: AssertionError when it ends instead."""

    def told() -> dict[str, Any] | None:
        assert process.poll() is None, process.communicate()[1]
        found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return found if found.get("pid") == process.pid else None

    return until(told, file.name)


def is_running(pid: int) -> bool:
    """Tell whether a process runs; a zombie nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
