"""Examining an LMDB file before it is mapped: a cut file would kill the process by SIGBUS."""

import os
from pathlib import Path

from qos.store.errors import StoreDamaged


def check_file(path: Path, *, whole: bool) -> None:
    """Examine the file. Raises: StoreDamaged naming it."""
    if not path.exists():
        return
    if whole and os.path.getsize(path) < 8192:
        raise StoreDamaged(f"{path} is cut")
