"""`python -m qos.node.nursery`: imports everything once and forks the programs of a network from there.

Seven processes that share their code pages start in the time of one and need half the memory. Single-threaded, no
event loop, no keys: what is forked has nothing of another program in it.

Lines of JSON. In: {"program", "home"}. Out: {"home", "started"} and {"home", "ended", "code"}. It stops all programs
and ends when its input ends; programs see the end of their own input when it dies, however it dies.
"""

import gc
import os
import select
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from qos.base.strictjson import JsonObject, parse_json, render_json
from qos.node.children import ERROR_FILE
from qos.node.forking import ForkPlan, fork

PROGRAMS = {
    "chain": "qos.node.run_chain",
    "node": "qos.node.run_node",
    "relay": "qos.node.run_relay",
    "watcher": "qos.node.run_watcher",
}
PRELOADED = (
    *PROGRAMS.values(),
    "qos.node.run_app",
    "qos.node.run_edges",
    "qos.chains.public",
    "qos.chains.business",
    "qos.chains.cassini",
)
STOP_DEADLINE_MS = 10_000
_CHUNK = 65_536
_POLL_MS = 20


class Nursery:
    """Forks programs and tells what becomes of them."""

    def __init__(self, output: int) -> None:
        self._output = output
        self._homes: dict[int, str] = {}
        # Programs hold the reading end and nobody but us the writing one.
        self._lifeline, self._held = os.pipe()

    def start(self, program: str, home: str) -> None:
        """Fork a program for a home."""
        plan = ForkPlan(module=PROGRAMS[program], name=Path(home).name, home=Path(home), errors=Path(home) / ERROR_FILE)
        pid = fork(plan, self._lifeline, self._held)
        self._homes[pid] = home
        self._tell({"home": home, "started": pid})

    def reap(self) -> None:
        """Tell of programs that have ended."""
        while self._homes:
            pid, code = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._tell({"home": self._homes.pop(pid), "ended": pid, "code": os.waitstatus_to_exitcode(code)})

    def stop(self) -> None:
        """Stop all programs, at last by force."""
        for number, until_ms in ((signal.SIGTERM, STOP_DEADLINE_MS), (signal.SIGKILL, STOP_DEADLINE_MS)):
            for pid in self._homes:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            for _ in range(until_ms // _POLL_MS):
                self.reap()
                if not self._homes:
                    return
                time.sleep(_POLL_MS / 1000)

    def _tell(self, message: JsonObject) -> None:
        with suppress(BrokenPipeError):
            os.write(self._output, (render_json(message) + "\n").encode())


def main() -> int:
    """Serve until the input ends; returns the exit code."""
    for module in PRELOADED:
        import_module(module)
    gc.collect()
    gc.freeze()
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nursery = Nursery(sys.stdout.fileno())
    _serve(nursery, sys.stdin.fileno(), wake)
    nursery.stop()
    return 0


def _serve(nursery: Nursery, source: int, wake: int) -> None:
    waiting = b""
    while True:
        readable, _, _ = select.select([source, wake], [], [])
        if wake in readable:
            os.read(wake, _CHUNK)
            nursery.reap()
        if source in readable:
            chunk = os.read(source, _CHUNK)
            if not chunk:
                return
            *lines, waiting = (waiting + chunk).split(b"\n")
            for line in lines:
                _begin(nursery, line)


def _begin(nursery: Nursery, line: bytes) -> None:
    request = parse_json(line)
    if isinstance(request, dict):
        nursery.start(str(request["program"]), str(request["home"]))


if __name__ == "__main__":
    sys.exit(main())
