"""Six validators on CometBFT live a whole life (issue 6): `python -m tools.life`, some minutes, in the long run only.

Its parts have short tests of their own: an engine with the second build, a copied key, clients on CometBFT.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from tools.life.founding import ALLOTTED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(4 * BUILD_TIMEOUT_S)]
LONG_RUN = os.environ.get("QOS_LONG") == "1"
DEEDS = (
    "delegated",
    "proposals",
    "votes",
    "down",
    "signed twice",
    "tombstoned",
    "the key never returns",
    "phases changed",
    "too early",
    "stopped for the upgrade",
    "killed in the migration",
    "upgraded",
    "late node",
    "new message",
    "compared",
    "audited",
)


@pytest.mark.skipif(not LONG_RUN, reason="takes minutes: QOS_LONG=1")
def test_six_validators_live_a_whole_life(tmp_path: Path) -> None:
    engine_program()
    report = tmp_path / "life.json"
    command = [sys.executable, "-m", "tools.life", "--report", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    deeds = [each["deed"] for each in found["seen"]]
    assert [deeds.count(each) for each in DEEDS] == [1] * len(DEEDS)
    assert deeds.count("closed") == 2
    assert deeds.count("CosmJS") == 3
    audits = found["at_the_end"]
    assert len(audits) == 5
    assert all(each["supply"] == ALLOTTED + each["minted"] for each in audits)
