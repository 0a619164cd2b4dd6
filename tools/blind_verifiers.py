"""Copy the tree, let one verifier at a time return what it was told, and see whether the tests notice.

`python -m tools.blind_verifiers [NAME ...]` prints a line a verifier and fails when one copy stays green. A verifier
whose absence no test sees is not tested, whatever its coverage says.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from functools import cache
from pathlib import Path

from tools.verifier import Verifier
from tools.verifiers import VERIFIERS

REPOSITORY = Path(__file__).resolve().parent.parent
COPIED = ("src", "tests", "tools", "pyproject.toml")
TESTS_PASSED, TESTS_FAILED = 0, 1
RUN_TIMEOUT_S = 300


class NoSuchVerifier(LookupError):
    """The file has no function of that name, so the list is stale."""


def blinded(source: str, function: str, body: str) -> str:
    """Return `source` with the body of `function` replaced. Raises: NoSuchVerifier."""
    node = _found(ast.parse(source), function.split("."))
    lines = source.splitlines(keepends=True)
    indent = " " * (node.col_offset + 4)
    replacement = textwrap.indent(textwrap.dedent(body).strip() + "\n", indent)
    return "".join([*lines[: node.body[0].lineno - 1], replacement, *lines[node.end_lineno :]])


def _found(scope: ast.Module | ast.ClassDef, path: list[str]) -> ast.FunctionDef | ast.AsyncFunctionDef:
    for node in scope.body:
        if isinstance(node, ast.ClassDef) and len(path) > 1 and node.name == path[0]:
            return _found(node, path[1:])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and path == [node.name]:
            return node
    raise NoSuchVerifier(".".join(path))


def copy_tree(target: Path) -> None:
    """Copy what the tests need to `target`."""
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".venv", "*.egg-info")
    for name in COPIED:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, target / name, ignore=ignored)
        else:
            shutil.copy(REPOSITORY / name, target / name)


def run_tests(tree: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run `tests` in the copy; stops at the first failure."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault("QOS_VECTORS", str(REPOSITORY.parent / "shared" / "vectors"))
    arguments = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    return subprocess.run(
        arguments, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=RUN_TIMEOUT_S
    )


@cache
def failure_of_the_unchanged_copy(tests: tuple[str, ...]) -> str | None:
    """Return what `tests` say when nothing is blinded; nothing when they are green."""
    with tempfile.TemporaryDirectory(prefix="qos-honest-") as folder:
        copy_tree(Path(folder))
        honest = run_tests(Path(folder), tests)
    return None if honest.returncode == TESTS_PASSED else f"the tests fail on the unchanged copy:\n{_end_of(honest)}"


def complaint(verifier: Verifier) -> str | None:
    """Return what is wrong with the tests of `verifier`; nothing when they are green with it and red without."""
    failure = failure_of_the_unchanged_copy(verifier.tests)
    if failure:
        return failure
    with tempfile.TemporaryDirectory(prefix="qos-blind-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        path = tree / verifier.file
        path.write_text(blinded(path.read_text(), verifier.function, verifier.blind))
        blind = run_tests(tree, verifier.tests)
    noticed = blind.returncode == TESTS_FAILED
    return None if noticed else f"the tests do not notice (exit {blind.returncode}):\n{_end_of(blind)}"


def _end_of(run: subprocess.CompletedProcess[str]) -> str:
    return run.stdout[-3000:] + run.stderr[-1000:]


def main() -> int:
    """Try the named verifiers, or all; return the exit code."""
    parser = argparse.ArgumentParser(description="Blind one verifier at a time; the tests have to notice.")
    parser.add_argument("names", nargs="*", help=", ".join(verifier.name for verifier in VERIFIERS))
    names = parser.parse_args().names
    failed = 0
    for verifier in VERIFIERS:
        if names and verifier.name not in names:
            continue
        wrong = complaint(verifier)
        failed += wrong is not None
        print(f"{verifier.name}: {wrong or 'noticed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
