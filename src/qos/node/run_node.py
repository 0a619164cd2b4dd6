"""`python -m qos.node.run_node --home DIR`: run one node on CometBFT until SIGTERM: application, engine, edges."""

import gc
import sys
from importlib import import_module

import structlog

from qos.base.errors import QosError
from qos.engine.cometbft.io.program import find_engine
from qos.node.chain_lists import chain_of
from qos.node.comet.files import comet_section
from qos.node.comet.report import NodeReport
from qos.node.comet.supervisor import Programs, Report, Supervisor
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome, locked
from qos.node.logs import open_log
from qos.node.program import command_line, exit_code
from qos.node.service import service_manager

log = structlog.get_logger("qos.supervisor")


def main() -> int:
    """Run the node of a home; returns the exit code."""
    arguments = command_line(__doc__).parse_args()
    home = ChainHome(arguments.home)
    return exit_code(lambda: run_node(home, lambda report: None, until_eof=arguments.until_eof))


def run_node(home: ChainHome, report: Report, *, until_eof: bool, programs: Programs | None = None) -> None:
    """Run the node of a home until asked to stop; `programs` are stand-ins of a test.

    Raises: HomeInUse, BadConfig, EngineMissing, UnfitEngine, BadSignState, BadKeyFile, StartFailed, NodeEnded.
    """
    config = load_config(ChainConfig, home.config_file)
    manager = service_manager()

    def tell(told: NodeReport) -> None:
        manager.tell(told)
        report(told)

    with locked(home.folder), open_log(home.log_file, config.log.plan):
        try:
            program = comet_section(config).program
            parts = programs if programs is not None else Programs(engine=find_engine(program))
            _preload(parts, config)
            Supervisor(home, config, parts, tell).run(until_eof=until_eof)
        except QosError as error:
            log.exception("failed", kind=type(error).__name__)
            raise


def _preload(programs: Programs, config: ChainConfig) -> None:
    """Import once what application and edges share; what is there already stays where it is."""
    for module in (programs.app, programs.edges):
        import_module(module)
    chain_of(config.kind)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
