"""Faults of one validator alone: what is asked is its own way back, on the chain it had.

A fault that this machine does not let us do is told as left out, loudly, and never as passed.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qos.store.io.lmdb import CRASH_POINTS
from tools.chaos.crashing_app import VARIABLE
from tools.chaos.damage import damage_files
from tools.chaos.evidence import copied_key
from tools.chaos.group_faults import Outcome
from tools.chaos.history import History
from tools.chaos.nets import ChaosFailed, Net, Node, until

ENGINE_POINTS = range(12)
"""What the released engine counts in one block and a bit: `FAIL_TEST_INDEX` names one."""

NOTICED_S = 30
TMPFS_MIB = 48
LEFT_BYTES = 150_000
BACK_S = 60
Say = Callable[[str], None]


@contextmanager
def lone(folder: Path) -> Iterator[tuple[Net, Node]]:
    """Give a running validator of its own chain."""
    net = Net(folder, 1)
    try:
        net.start()
        yield net, net.nodes[0]
    finally:
        net.close()


def _crash(node: Node, module: str, environment: dict[str, str]) -> None:
    """Run the node until it crashes where the environment says. Raises: ChaosFailed when it does not."""
    command = [sys.executable, "-m", module, "--home", str(node.home.folder)]
    with subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL) as process:
        try:
            code = process.wait(BACK_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise ChaosFailed(f"{environment} was never reached") from None
    if code == 0:
        raise ChaosFailed(f"{environment}: the node ended as if nothing had happened")


def _back(node: Node, net: Net, history: History) -> float:
    """Start the node and return how long it took to make blocks again on the same chain."""
    began = time.monotonic()
    node.start()
    net.rise([node], 1, BACK_S)
    took = round(time.monotonic() - began, 2)
    history.compare(node)
    return took


def engine_points(folder: Path, chance: random.Random, say: Say) -> Outcome:
    """Crash the engine at each of its numbered points."""
    return _points(folder, say, "crash points of the engine", "qos.node.run_node", "FAIL_TEST_INDEX", ENGINE_POINTS)


def commit_points(folder: Path, chance: random.Random, say: Say) -> Outcome:
    """Crash the application at each numbered point of its commit."""
    return _points(folder, say, "crash points of our commit", "tools.chaos.crashing_node", VARIABLE, CRASH_POINTS)


def _points(folder: Path, say: Say, name: str, module: str, variable: str, points: range) -> Outcome:
    back: list[float] = []
    with lone(folder) as (net, node):
        history = History()
        for point in points:
            history.compare(node)
            node.stop()
            _crash(node, module, {variable: str(point)})
            back.append(_back(node, net, history))
            say(f"{name}: {point}, back after {back[-1]} s")
    return Outcome(name=name, rounds=len(back), back_s=tuple(back), seen=f"{history.height} heights unchanged")


def disk_full(folder: Path, chance: random.Random, say: Say) -> Outcome:
    """Fill the file system of the node's data: it ends by itself, and goes on when there is room."""
    net = Net(folder, 1)
    node = net.nodes[0]
    data = node.home.state_folder.parent
    data.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MIB}m", "tmpfs", data], check=False).returncode:
        net.close()
        return Outcome(name="disk full", rounds=0, seen="LEFT OUT: no file system can be mounted here")
    try:
        net.start()
        history = History()
        history.compare(node)
        filler = data / "filler"
        filler.write_bytes(bytes(max(0, shutil.disk_usage(data).free - LEFT_BYTES)))
        noticed = _ended(node, "a full disk")
        filler.unlink()
        back = _back(node, net, history)
        return Outcome(name="disk full", rounds=1, back_s=(back,), seen=f"ended by itself after {noticed} s")
    finally:
        net.close()
        subprocess.run(["umount", data], check=False)


def _ended(node: Node, why: str) -> float:
    """Return how long it took the node to end by itself. Raises: ChaosFailed when it does not, or says it was fine."""
    began = time.monotonic()
    until(lambda: node.has_ended, f"the node's end because of {why}", NOTICED_S)
    if node.child.exit_code == 0:
        raise ChaosFailed(f"the node ended as if there had been no {why}")
    return round(time.monotonic() - began, 2)


def io_errors(folder: Path, chance: random.Random, say: Say) -> Outcome:
    """Let every sync of the application, then of the engine, fail: the node ends, and goes on when they work again."""
    if shutil.which("strace") is None:
        return Outcome(name="I/O errors", rounds=0, seen="LEFT OUT: there is no strace here")
    back: list[float] = []
    seen: list[str] = []
    with lone(folder) as (net, node):
        history = History()
        for part in ("app", "engine"):
            history.compare(node)
            report = node.report()
            pid = getattr(report, part)
            inject = "inject=fsync,fdatasync,msync:error=EIO"
            with subprocess.Popen(
                ["strace", "-f", "-q", "-o", "/dev/null", "-e", inject, "-p", str(pid)], stderr=subprocess.DEVNULL
            ) as tracer:
                seen.append(f"{part} {_ended(node, f'I/O errors of the {part}')} s")
                tracer.terminate()
            back.append(_back(node, net, history))
            say(f"I/O errors of the {part}: noticed, back after {back[-1]} s")
    return Outcome(name="I/O errors", rounds=len(back), back_s=tuple(back), seen=f"ended by itself: {', '.join(seen)}")


def damaged_files(folder: Path, chance: random.Random, say: Say) -> Outcome:
    """Flip bytes in and truncate database files: it is noticed or harmless, and never another app hash."""
    with lone(folder) as (_, node):
        return damage_files(node, chance, say)


FAULTS: dict[str, Callable[[Path, random.Random, Say], Outcome]] = {
    "engine-points": engine_points,
    "commit-points": commit_points,
    "disk-full": disk_full,
    "io-errors": io_errors,
    "damage": damaged_files,
    "copied-key": copied_key,
}
