"""Where the engine's program lies, and the gate each start goes through."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from qos.engine.cometbft.errors import EngineMissing, UnfitEngine
from qos.engine.cometbft.versions import INSTALL, PINNED, Version, check_version, parse_version

ASK_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineProgram:
    """A program that may run."""

    file: Path
    version: Version


def cache_folder() -> Path:
    """Return where what was built for this user stays (XDG base directories)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path is to be ignored, the specification says.
    base = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    return base / "qos" / "engine"


def installed_file(version: Version = PINNED) -> Path:
    """Return where the program of a version lies once it is built."""
    return cache_folder() / f"cometbft-{version}" / "cometbft"


def installed_versions() -> tuple[Version, ...]:
    """Return the versions that were built for this user, newest first."""
    files = cache_folder().glob("cometbft-*/cometbft")
    return tuple(sorted((parse_version(file.parent.name.removeprefix("cometbft-")) for file in files), reverse=True))


def find_engine(named: str = "") -> EngineProgram:
    """Return the program that was named, or the newest that was built, once it has told a version that may run.

    Raises: EngineMissing, UnfitEngine.
    """
    file = Path(named).expanduser() if named else _newest()
    version = version_of(file)
    check_version(version)
    return EngineProgram(file=file, version=version)


def _newest() -> Path:
    versions = installed_versions()
    if not versions:
        raise EngineMissing(f"CometBFT is not installed in {cache_folder()}", INSTALL)
    return installed_file(versions[0])


def version_of(file: Path) -> Version:
    """Ask a program for its version. Raises: EngineMissing, UnfitEngine."""
    try:
        done = subprocess.run([file, "version"], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=False)
    except FileNotFoundError:
        raise EngineMissing(f"there is no engine at {file}", INSTALL) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnfitEngine(f"{file} cannot be run: {error}", INSTALL) from None
    if done.returncode:
        raise UnfitEngine(f"{file} does not tell its version: {done.stderr.strip()[-200:]}", INSTALL)
    return parse_version(done.stdout)
