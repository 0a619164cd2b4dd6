"""One child process of a network: started with its error stream in a file, watched, restarted, stopped."""

import subprocess
import sys
import time
from pathlib import Path

from qos.node.errors import StartFailed

EXIT_REFUSED = 78
"""A program's word that starting it again would not help (EX_CONFIG)."""

RESTART_DELAYS_MS = (500, 1_000, 2_000, 5_000, 15_000)
STEADY_MS = 60_000
"""A child that ran this long counts as started well: its next end begins the delays anew."""

_TAIL_BYTES = 4_000


class Child:
    """A program of ours in a process of its own: `python -m MODULE --home HOME`.

    It sees the end of its standard input when this process dies, however it dies, and stops by itself.
    """

    def __init__(self, name: str, module: str, home: Path) -> None:
        self.name = name
        self.home = home
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._started_ms = 0
        self._failures = 0
        self._restart_at_ms = 0

    @property
    def pid(self) -> int:
        """Process id, 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    @property
    def error_file(self) -> Path:
        """What the program wrote to its error stream since its last start."""
        return self.home / "stderr.log"

    def start(self) -> None:
        """Start the process, in a session of its own so that Ctrl-C reaches the supervisor alone."""
        with self.error_file.open("wb") as errors:
            self._process = subprocess.Popen(  # the pipe's other end stays open until we die
                [sys.executable, "-m", self._module, "--home", str(self.home), "--until-eof"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        self._started_ms = _now_ms()

    def check_alive(self) -> None:
        """Return when the process runs. Raises: StartFailed with its last words."""
        if self._process is None or self._process.poll() is not None:
            raise StartFailed(f"{self.name} ended: {self.last_words()}", f"see {self.error_file}")

    def revive(self) -> bool:
        """Start the process again when it has ended and its delay has passed; tells whether it did.

        Raises: StartFailed when it ended because starting again would not help.
        """
        if self._process is None or self._process.poll() is None:
            return False
        if self._process.returncode == EXIT_REFUSED:
            raise StartFailed(f"{self.name} ended: {self.last_words()}", f"see {self.error_file}")
        now = _now_ms()
        if not self._restart_at_ms:
            self._failures = 0 if now - self._started_ms > STEADY_MS else self._failures + 1
            self._restart_at_ms = now + RESTART_DELAYS_MS[min(self._failures, len(RESTART_DELAYS_MS) - 1)]
        if now < self._restart_at_ms:
            return False
        self._restart_at_ms = 0
        self.start()
        return True

    def terminate(self) -> None:
        """Ask the process to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def has_ended(self) -> bool:
        """Tell whether the process does not run."""
        return self._process is None or self._process.poll() is not None

    def release(self) -> None:
        """Reap an ended process and close our end of its pipe."""
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def last_words(self) -> str:
        """Return the last line the program wrote to its error stream, or its exit code."""
        try:
            text = self.error_file.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip()
        except OSError:
            text = ""
        code = self._process.returncode if self._process is not None else None
        return text.splitlines()[-1] if text else f"exit code {code}"


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
