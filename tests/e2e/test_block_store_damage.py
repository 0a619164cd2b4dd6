"""A block store with one changed bit is refused, or shows nothing that was not written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
WORKER = Path(__file__).with_name("block_store_worker.py")
FLIPS = 2_000 if os.environ.get("QOS_LONG") == "1" else 100


def test_no_changed_bit_makes_the_block_store_show_something_wrong(tmp_path: Path) -> None:
    command = [sys.executable, str(WORKER), str(tmp_path), str(FLIPS)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True)
    outcomes = json.loads(run.stdout)
    assert sum(outcomes.values()) == FLIPS
    assert outcomes["refused"] > FLIPS // 10
    assert "wrong" not in outcomes
