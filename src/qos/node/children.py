"""The programs of a network as its supervisor sees them: started through the nursery, watched, restarted, stopped."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from qos.base.strictjson import JsonObject, parse_json, render_json
from qos.node.errors import StartFailed
from qos.node.program import EXIT_REFUSED

ERROR_FILE = "stderr.log"
RESTART_DELAYS_MS = (500, 1_000, 2_000, 5_000, 15_000)
STEADY_MS = 60_000
"""A program that ran this long started well: its next end begins the delays anew."""

STOP_DEADLINE_S = 25
_TAIL_BYTES = 4_000
_CHUNK = 65_536


class Child:
    """One program: what it is, and how it does."""

    def __init__(self, name: str, program: str, home: Path, errors: Path | None = None) -> None:
        """Take what it is called, which program it runs for which home, and where its error stream goes."""
        self.name = name
        self.program = program
        self.home = home
        self.errors = errors if errors is not None else home / ERROR_FILE
        self.pid = 0
        self.exit_code: int | None = None
        self._started_ms = 0
        self._failures = 0
        self._restart_at_ms = 0

    @property
    def has_ended(self) -> bool:
        """Whether it ran and does not any more."""
        return self.exit_code is not None

    def started(self, pid: int, now_ms: int) -> None:
        """Learn that it runs."""
        self.pid, self.exit_code = pid, None
        self._started_ms = now_ms

    def ended(self, code: int, now_ms: int) -> None:
        """Learn that it ended, and plan when to start it again."""
        self.exit_code = code
        self._failures = 1 if now_ms - self._started_ms > STEADY_MS else self._failures + 1
        self._restart_at_ms = now_ms + RESTART_DELAYS_MS[min(self._failures, len(RESTART_DELAYS_MS)) - 1]

    def check_alive(self) -> None:
        """Return when it has not ended. Raises: StartFailed with its last words."""
        if self.has_ended:
            raise StartFailed(f"{self.name} ended: {self.last_words()}", f"see {self.errors}")

    def wants_restart(self, now_ms: int) -> bool:
        """Tell whether it should be started again now. Raises: StartFailed when that would not help."""
        if self.exit_code == EXIT_REFUSED:
            self.check_alive()
        return self.has_ended and now_ms >= self._restart_at_ms

    def signal(self, number: int) -> None:
        """Send a signal to it while it runs."""
        if self.pid and not self.has_ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def last_words(self) -> str:
        """Return the last line of its error stream, or its exit code."""
        try:
            text = self.errors.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip()
        except OSError:
            text = ""
        return text.splitlines()[-1] if text else f"exit code {self.exit_code}"


class Programs:
    """The nursery's other side. `poll` has to be called for news."""

    def __init__(self) -> None:
        """Start the nursery; it imports while the caller goes on."""
        self._children: dict[str, Child] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "qos.node.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._input, self._output = self._pipes()
        os.set_blocking(self._output, False)
        self._waiting = b""

    def _pipes(self) -> tuple[int, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin.fileno(), self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Process id of the nursery."""
        return self._process.pid

    def start(self, child: Child) -> None:
        """Start a program, also again. Raises: StartFailed."""
        self._children[str(child.home)] = child
        child.pid, child.exit_code = 0, None
        request: JsonObject = {"program": child.program, "home": str(child.home)}
        try:
            os.write(self._input, (render_json(request) + "\n").encode())
        except BrokenPipeError:
            raise StartFailed("the process that starts all others ended") from None

    def poll(self) -> None:
        """Learn what started and ended since. Raises: StartFailed when the nursery is gone."""
        try:
            while chunk := os.read(self._output, _CHUNK):
                *lines, self._waiting = (self._waiting + chunk).split(b"\n")
                for line in lines:
                    self._learn(line)
        except BlockingIOError:
            return
        raise StartFailed(f"the process that starts all others ended with code {self._process.wait()}")

    def _learn(self, line: bytes) -> None:
        news = parse_json(line)
        if not isinstance(news, dict):
            return
        child = self._children[str(news["home"])]
        started, code = news.get("started"), news.get("code")
        if isinstance(started, int):
            child.started(started, now_ms())
        elif isinstance(code, int):
            child.ended(code, now_ms())

    def close(self) -> None:
        """Stop all programs that still run, and the nursery."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


def now_ms() -> int:
    """Return the monotonic clock."""
    return time.monotonic_ns() // 1_000_000
