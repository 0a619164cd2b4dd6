"""A stopped node on CometBFT: held, so that nothing starts it, with its engine's own commands at hand."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from qos.engine.cometbft.io.program import EngineProgram, find_engine
from qos.node.comet.files import Addresses, comet_section, make_engine_home
from qos.node.config import ChainConfig, load_config
from qos.node.errors import NodeError
from qos.node.home import ChainHome, locked

NOWHERE = Addresses(application="tcp://127.0.0.1:1", rpc="tcp://127.0.0.1:1", metrics="127.0.0.1:1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedNode:
    """A node that has made blocks, and the program that made them."""

    home: ChainHome
    config: ChainConfig
    program: EngineProgram

    def engine(self, command: str, timeout_s: int) -> subprocess.CompletedProcess[str]:
        """Run one command of the engine on its data."""
        words = [str(self.program.file), command, "--home", str(self.home.comet_folder)]
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout_s, check=False)


@contextmanager
def stopped(home: ChainHome) -> Iterator[StoppedNode]:
    """Hold a node that does not run. Raises: HomeInUse, BadConfig, NodeError, EngineMissing, UnfitEngine."""
    with locked(home.folder):
        config = load_config(ChainConfig, home.config_file)
        program = find_engine(comet_section(config).program)
        if not home.state_folder.exists():
            raise NodeError(f"there are no blocks in {home.folder} yet", "qos node start")
        make_engine_home(home, config, NOWHERE)
        yield StoppedNode(home=home, config=config, program=program)
