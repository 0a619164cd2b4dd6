"""The commands of the README's tour do what it says, as they stand there."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from qos.testing.running_network import Network

REPOSITORY = Path(__file__).resolve().parents[2]
TOUR_DEADLINE_S = 100
pytestmark = pytest.mark.e2e


def test_the_tour_of_the_readme_runs_as_it_stands(network: Network) -> None:
    tour = (REPOSITORY / "README.md").read_text("utf-8").split("<!-- tour -->")[1].split("<!-- /tour -->")[0]
    commands = re.findall(r"```bash\n(.*?)```", tour, re.DOTALL)
    assert len(commands) >= 4
    script = "".join(commands) + "qos query bank balance bob --denom aqos --output json\n"
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, "QOS_HOME": str(network.home)},
        capture_output=True,
        text=True,
        timeout=TOUR_DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    said = done.stdout
    assert "signed_power" in said
    assert re.search(r"sent .*\n.*agreed .*\n.*signed .*\n.*delivered +shop-1", said)
    assert re.search(r"action: /qos.qcp.v1.MsgSendTransfer", said)
    last = json.loads(said[said.rindex('{\n  "balance"') :])
    assert int(last["balance"]["amount"]) > 0
