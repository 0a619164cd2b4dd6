"""The import contracts of pyproject.toml report every kind of forbidden import, planted in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PLANTED = {
    "crypto/planted.py": "import qos.machine.context",
    "machine/planted.py": "import time",
    "store/planted.py": "import qos.store.io",
    "modules/assets/bank/planted.py": "import qos.modules.assets.bank.handlers",
    "modules/assets/accounts/planted.py": "import qos.modules.assets.bank",
    "lightclient/planted.py": "import google.protobuf",
    "machine/planted_native.py": "import qos_native",
    "stray/__init__.py": "",
}
REPORTED = (
    "qos.crypto.planted -> qos.machine.context",
    "qos.machine.planted -> time",
    "qos.store.planted -> qos.store.io",
    "qos.modules.assets.bank.planted -> qos.modules.assets.bank.handlers",
    "qos.modules.assets.accounts.planted -> qos.modules.assets.bank",
    "qos.lightclient.planted -> google",
    "qos.machine.planted_native -> qos_native",
    "- qos.stray",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(REPOSITORY / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tree)
    for name, source in PLANTED.items():
        path = tree / "src" / "qos" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source + "\n")
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    run = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("planted", REPORTED)
def test_a_planted_import_is_reported(report: str, planted: str) -> None:
    assert planted in report
