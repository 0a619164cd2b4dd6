"""The benchmark of a chain on CometBFT, in short: all that is sent is committed, and the figures are there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
REPOSITORY = Path(__file__).parents[2]
SMALL = ("--accounts", "300", "--transfers", "600", "--seconds", "20", "--block-ms", "200", "--through", "edges")
CROWD = ("--validators", "4", "--minutes", "1.1", "--rate", "10")
LONG_RUN = os.environ.get("QOS_LONG") == "1"
FIGURES = ("committed_per_s", "app_cpu_ms", "engine_cpu_ms", "p50_ms", "p95_ms", "disk_mb_per_100k")


def figures_of(*options: str) -> dict[str, Any]:
    engine_program()
    command = [sys.executable, "-m", "benchmarks.engine", "--json", *options]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def test_a_small_load_through_the_edges_is_committed_and_measured() -> None:
    figures = figures_of(*SMALL)
    assert figures["committed"] == 600
    assert all(figures[name] > 0 for name in FIGURES)
    assert figures["edges_cpu_ms"] > 0
    assert figures["p50_ms"] <= figures["p95_ms"]


@pytest.mark.skipif(not LONG_RUN, reason="takes minutes: QOS_LONG=1")
def test_validators_beside_each_other_are_watched_by_the_minute() -> None:
    figures = figures_of(*CROWD)
    assert figures["refused"] == {}
    assert len(figures["cpu_ms"]) == 4
    minutes = figures["by_minute"]
    assert sum(each["committed"] for each in minutes) >= 600
    assert all(each["oldest_block_s"] > 0 for each in minutes)
    assert len(minutes[0]["memory_mib"]) == 12
    assert all(each["own"] > 0 for each in minutes[0]["memory_mib"].values())
