"""The benchmark of a chain on CometBFT, in short: all that is sent is committed, and the figures are there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
REPOSITORY = Path(__file__).parents[2]
SMALL = ("--accounts", "400", "--transfers", "600", "--seconds", "20", "--block-ms", "200", "--through", "edges")
FIGURES = ("committed_per_s", "app_cpu_ms", "engine_cpu_ms", "p50_ms", "p95_ms", "disk_mb_per_100k")


def test_a_small_load_through_the_edges_is_committed_and_measured() -> None:
    engine_program()
    command = [sys.executable, "-m", "benchmarks.engine", "--json", *SMALL]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["committed"] == 600
    assert all(figures[name] > 0 for name in FIGURES)
    assert figures["edges_cpu_ms"] > 0
    assert figures["p50_ms"] <= figures["p95_ms"]
