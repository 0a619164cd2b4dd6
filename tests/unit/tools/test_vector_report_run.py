"""A whole `--vector-report` run on a small tree: what it prints, and when it fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MODULE = """
import json
import pytest

KINDS = {"sums": ("sums/*.json",)}

@pytest.mark.vectors("sums")
def test_sums(vector_file, vector_cases):
    cases = json.loads(vector_file.read_text())
    assert all(a + b == c for a, b, c in cases)
    vector_cases(vector_file, len(cases))
"""
BAD_FILES = {"products/a.json": "[[1, 1, 1]]", "sums/none.json": "[]", "sums/wrong.json": "[[1, 1, 3]]"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("tests/conftest.py", "tests/vectors/conftest.py", "tools/__init__.py", "tools/vector_claims.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    (tmp_path / "tests/vectors/not_yet.toml").write_text("")
    (tmp_path / "tests/vectors/test_sums.py").write_text(MODULE)
    (tmp_path / "given/sums").mkdir(parents=True)
    (tmp_path / "given/sums/small.json").write_text("[[1, 2, 3], [2, 2, 4]]")
    return tmp_path


def report(tree: Path, *arguments: str) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "QOS_"))}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--vector-report", "-p", "no:cacheprovider", *arguments],
        cwd=tree,
        env={**environment, "QOS_VECTORS": str(tree / "given")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return run.returncode, run.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_files_and_cases_are_printed_and_the_summary_of_pytest_is_last(tree: Path, workers: str) -> None:
    (tree / "given/sums/more.json").write_text("[[0, 0, 0]]")
    code, output = report(tree, "-n", workers, "--dist", "loadgroup")
    assert code == 0, output
    assert ["sums", "2", "3"] in [line.split() for line in output.splitlines()]
    assert "2 passed" in output.splitlines()[-1]


def test_an_unknown_an_empty_and_a_wrong_file_fail_the_run(tree: Path) -> None:
    for name, content in BAD_FILES.items():
        (tree / "given" / name).parent.mkdir(exist_ok=True)
        (tree / "given" / name).write_text(content)
    code, output = report(tree)
    assert code == 1
    assert "products/a.json: unknown kind" in output
    assert "sums/none.json: no case was tried" in output
    assert "sums/wrong.json: claimed as sums, but no case" in output


def test_an_empty_folder_fails_and_no_folder_is_a_loud_skip(tree: Path) -> None:
    (tree / "given/sums/small.json").unlink()
    assert report(tree)[0] == 1
    shutil.rmtree(tree / "given")
    code, output = report(tree)
    assert code == 0
    assert "NO VECTORS" in output
    assert "1 skipped" in output.splitlines()[-1]
