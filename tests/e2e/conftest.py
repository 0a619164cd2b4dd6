"""One running network for all tests that only use it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qos.testing.running_network import Network, start, stop


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A network shared by the tests of one run."""
    home = Path(tempfile.mkdtemp(prefix="qos-network-"))
    try:
        yield start(home)
    finally:
        stop(home)
        shutil.rmtree(home, ignore_errors=True)
