"""The state benchmark runs, small, and its figures have their names."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "state_commit.py"
SMALL = ["--accounts", "2000", "--transfers", "20", "--warm", "24", "--blocks", "3", "--json"]


def figures(*options: str) -> dict[str, float]:
    answer = subprocess.check_output([sys.executable, str(PROGRAM), *SMALL, *options], timeout=110)
    found: dict[str, float] = json.loads(answer)
    return found


def test_the_state_benchmark_prints_its_figures() -> None:
    found = figures("--no-go")
    assert found["accounts"] == 2000
    assert 0 < found["cpu_us_per_update"] < 100_000
    assert {"ratio_to_smaller", "pss_mb", "wall_ms_per_block", "updates_per_block"} <= set(found)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("go") is None, reason="no Go on this machine")
def test_cosmos_iavl_comes_to_the_same_roots_from_the_same_blocks() -> None:
    found = figures()
    assert found["roots_equal"] is True
    assert found["ratio_to_go"] > 0
