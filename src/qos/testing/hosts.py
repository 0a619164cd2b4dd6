"""Hosts that differ in everything the rules must not see: hash seed, time zone, locale, and how Python is started."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

HOSTS = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONOPTIMIZE": "1"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONMALLOC": "debug"},
)


def lines_of(host: Mapping[str, str], arguments: Sequence[str], timeout_s: int = 600) -> list[str]:
    """Run a Python program on a host and return the lines it prints. Raises: subprocess.CalledProcessError."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **host}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=True)
    return done.stdout.splitlines()
