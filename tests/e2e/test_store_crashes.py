"""A killed store loses nothing: at numbered points inside the commit, at random moments, and with flipped bytes."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qos.store.io.lmdb import CRASH_POINTS, open_store
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from tests.e2e import store_worker as worker

pytestmark = pytest.mark.e2e

WORKER = Path(worker.__file__)
DEADLINE_S = 60.0
FLIPS_DEADLINE_S = 1_000.0


class Replay:
    """The same versions, applied in this process without a disk."""

    def __init__(self) -> None:
        self.store = MultiStore(MemoryBackend(), worker.STORES, keep_versions=worker.KEEP)

    def app_hash(self, version: int) -> bytes:
        while self.store.version < version:
            self.store.apply(self.store.version + 1, worker.writes(self.store.version + 1))
            self.store.commit()
        assert self.store.version == version
        return self.store.app_hash


def started(path: Path, point: int, nth: int, last: int) -> "subprocess.Popen[str]":
    arguments = [sys.executable, str(WORKER), "commit", str(path), str(point), str(nth), str(last)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def check(path: Path, replay: Replay, lines: list[str]) -> int:
    """Open what a killed process left; return the version. What it had reported is there."""
    store = open_store(path, worker.STORES, keep_versions=worker.KEEP)
    reported = int(lines[-1].split()[-1]) if lines else 0
    assert store.version in (reported, reported + 1)
    if store.version:
        assert store.app_hash == replay.app_hash(store.version)
        for name in worker.STORES:
            pairs = list(replay.store.reader().scan(name, b"", None))
            assert list(store.reader().scan(name, b"", None)) == pairs
            assert all(store.reader().get(name, key) == value for key, value in pairs)
        for version in range(store.oldest_version, store.version + 1):
            with store.at(version) as here, replay.store.at(version) as there:
                assert here.roots == there.roots
                assert list(here.scan("bank", b"", None)) == list(there.scan("bank", b"", None))
    version = store.version
    store.close()
    return version


def test_nothing_is_lost_by_a_kill_at_a_numbered_point(tmp_path: Path, long_run: bool) -> None:
    replay, version = Replay(), 0
    reached: list[int] = []
    for round_number in range(50 if long_run else 10):
        point = CRASH_POINTS[round_number % len(CRASH_POINTS)]
        process = started(tmp_path, point, 1 + round_number % 3, version + 10)
        output, _ = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == -signal.SIGKILL, f"point {point} was not reached"
        reached.append(point)
        lines = output.splitlines()
        committed = int(lines[-1].split()[-1])
        version = check(tmp_path, replay, lines)
        assert version == committed + (point == CRASH_POINTS[-1])
    assert sorted(set(reached)) == list(CRASH_POINTS)


def test_nothing_is_lost_by_a_kill_at_a_random_moment(tmp_path: Path, long_run: bool) -> None:
    replay, version, killed = Replay(), 0, 0
    chance = random.Random(9)
    for _ in range(50 if long_run else 8):
        process = started(tmp_path, 0, 0, version + 10_000)
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        began, moment = time.monotonic(), chance.random() * 0.15
        for line in process.stdout:
            lines.append(line)
            if time.monotonic() - began >= moment:
                process.kill()
                break
        lines += process.stdout.readlines()
        process.stdout.close()
        killed += process.wait(DEADLINE_S) == -signal.SIGKILL
        version = check(tmp_path, replay, [line for line in lines if line.endswith("\n")])
    assert killed == (50 if long_run else 8)


@pytest.mark.timeout(FLIPS_DEADLINE_S)
def test_a_flipped_byte_is_found_or_harmless(tmp_path: Path, long_run: bool) -> None:
    """What the store then answers and commits is exactly right, or it says that it is damaged."""
    original, expected = tmp_path / "original", tmp_path / "expected"
    store = open_store(original, worker.STORES, keep_versions=worker.KEEP)
    for version in range(1, 9):
        store.apply(version, worker.writes(version))
        store.commit()
    store.close()
    shutil.copytree(original, tmp_path / "right")
    store = open_store(tmp_path / "right", worker.STORES, keep_versions=worker.KEEP)
    said = worker.answers(store)
    expected.write_text("\n".join([*said, worker.after_more_blocks(store)]))
    store.close()
    count = 2_000 if long_run else 100
    arguments = [sys.executable, str(WORKER), "flips", str(original), str(expected), "0", str(count)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=FLIPS_DEADLINE_S, check=True)
    verdicts = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert len(verdicts) == count
    assert not [each for each in verdicts if each[2].split()[0] not in ("damaged", "right")], done.stderr
    assert {each[2].split()[0] for each in verdicts} == {"damaged", "right"}
