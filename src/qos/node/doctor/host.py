"""What a home needs of its machine: space, permissions, versions, a clock."""

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qos.node.doctor.findings import Finding, ok, problem, warning

LEAST_PYTHON = (3, 11)
PACKAGES = ("coincurve", "cryptography", "grpcio", "lmdb", "protobuf", "qos-native", "starlette", "uvicorn")
SCARCE_BYTES, LITTLE_BYTES = 200 << 20, 2 << 30
"""Free space below which a node may stop soon, and below which somebody should look."""

EARLIEST_NS = 1_760_000_000 * 10**9
"""October 2025: no clock of a machine that has this program shows less."""

OTHERS = 0o077


def look_at_host(folder: Path) -> Iterator[Finding]:
    """Look at interpreter, packages, disk and clock."""
    yield look_at_python(sys.version_info[:3])
    yield look_at_packages(PACKAGES)
    yield look_at_disk(folder, shutil.disk_usage(_nearest(folder)).free)
    yield look_at_clock(time.time_ns())


def look_at_python(version_info: tuple[int, ...]) -> Finding:
    """Look at the version of the interpreter."""
    found = ".".join(str(part) for part in version_info)
    if version_info[:2] < LEAST_PYTHON:
        return problem("python", "host", f"Python {found} is too old", "install Python 3.11 or later")
    return ok("python", "host", f"Python {found}")


def look_at_packages(names: Sequence[str]) -> Finding:
    """Look for the packages that are most often missing."""
    found: list[str] = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return problem(
                "packages", "host", f"{name} is not installed", "install qos again, into an empty environment"
            )
    return ok("packages", "host", ", ".join(found))


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def look_at_disk(folder: Path, free: int) -> Finding:
    """Look at the free space of a home's file system."""
    said = f"{free >> 20} MiB are free in {folder}"
    if free < SCARCE_BYTES:
        return problem("disk", "host", said, "make room: a node stops when a block cannot be stored")
    if free < LITTLE_BYTES:
        return warning(
            "disk", "host", said, "make room, or keep less: [store] pruning and retain_blocks in config.toml"
        )
    return ok("disk", "host", said)


def look_at_clock(now_ns: int, newest_block_ns: int = 0, subject: str = "host") -> Finding:
    """Look at the clock: no block is newer than now, and no machine that runs this is older than the program."""
    if now_ns < EARLIEST_NS:
        return problem("clock", subject, "the clock shows a time in the past", "set the clock, for example by NTP")
    behind_ms = (newest_block_ns - now_ns) // 10**6
    if behind_ms > 1_000:
        return problem(
            "clock",
            subject,
            f"the newest block is {behind_ms} ms ahead of the clock",
            "set the clock, for example by NTP",
        )
    return ok("clock", subject, "the clock is not behind the newest block")


def look_at_secrets(subject: str, files: Iterable[Path]) -> Iterator[Finding]:
    """Look at files that hold keys: there, readable, the owner's alone."""
    for file in files:
        if not file.exists():
            yield problem("secrets", subject, f"{file} is missing", "restore it from a backup, or lay out a new home")
        elif file.stat().st_mode & OTHERS:
            mode = f"{file.stat().st_mode & 0o777:o}"
            yield problem("secrets", subject, f"others may read {file} (mode {mode})", f"chmod 600 {file}")
        elif not os.access(file, os.R_OK | os.W_OK):
            yield problem("secrets", subject, f"{file} cannot be read", "run as the user the node runs as")
        else:
            yield ok("secrets", subject, f"{file.name} is the owner's alone")
