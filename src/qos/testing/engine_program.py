"""The real engine for tests: the one `qos engine install` builds, so that tests run what users run."""

from pathlib import Path

from qos.engine.cometbft.io.install import install

BUILD_TIMEOUT_S = 900
"""How long a test may take that may be the first to build it."""


def engine_program() -> Path:
    """Return the engine's program, built when this user has none yet. Raises: InstallFailed."""
    return install(lambda line: None).program.file
