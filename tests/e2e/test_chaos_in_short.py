"""A short run of `make chaos`: one of four validators is killed under load, two are parted from two.

Every check of the long run is made: equal blocks and app hashes on all nodes, no transaction lost or doubled.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(4 * BUILD_TIMEOUT_S)]
LONG_RUN = os.environ.get("QOS_LONG") == "1"
SHORT = ("--rounds", "2", "--only", "kill", "partition")


def test_faults_leave_one_chain_and_every_transaction_in_one_block(tmp_path: Path) -> None:
    engine_program()
    report = tmp_path / "chaos.json"
    command = [
        sys.executable,
        "-m",
        "tools.chaos",
        "--seed",
        "1",
        "--report",
        str(report),
        *(() if LONG_RUN else SHORT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert found["failure"] == ""
    assert found["transactions"] > 0
    assert found["heights_compared"] > 0
    back = [entry["slowest_s"] for entry in found["faults"]]
    assert all(0 < each <= 60 for each in back), found["faults"]
