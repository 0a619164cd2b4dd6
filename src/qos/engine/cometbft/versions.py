"""Which versions of CometBFT may run: v0.38 from 0.38.26 on. Earlier ones have known faults (threats 7, 8, 11)."""

import re
from dataclasses import dataclass

from qos.engine.cometbft.errors import UnfitEngine

_NUMBER = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})(\+[0-9A-Za-z.-]{1,64})?", re.ASCII)
INSTALL = "qos engine install"


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A released version; a version of work in progress is none."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


FLOOR = Version(0, 38, 26)
PINNED = Version(0, 38, 26)
"""What `qos engine install` builds; the one go.sum knows."""


def parse_version(text: str) -> Version:
    """Read `0.38.26`, also with a leading v and the build's commit. Raises: UnfitEngine for anything else."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise UnfitEngine(f"{text.strip()[:80]!r} is no released version of CometBFT", INSTALL)
    return Version(int(found[1]), int(found[2]), int(found[3]))


def check_version(version: Version) -> None:
    """Return when the version may run. Raises: UnfitEngine."""
    if (version.major, version.minor) != (FLOOR.major, FLOOR.minor):
        raise UnfitEngine(
            f"CometBFT {version} speaks another protocol: {FLOOR.major}.{FLOOR.minor} is needed, from {FLOOR} on",
            INSTALL,
        )
    if version < FLOOR:
        raise UnfitEngine(f"CometBFT {version} has known faults: at least {FLOOR} is needed", INSTALL)
