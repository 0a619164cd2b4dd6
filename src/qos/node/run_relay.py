"""`python -m qos.node.run_relay --home DIR`: run one Cassini relay until SIGTERM."""

import argparse
import asyncio
import sys
from pathlib import Path

import structlog

from qos.base.errors import QosError
from qos.cassini.io.home import load_chains
from qos.cassini.io.program import Program, RelaySetup
from qos.client.transactions import PrivateKey
from qos.node import memory, relay_keys
from qos.node.children import EXIT_REFUSED
from qos.node.home import locked
from qos.node.logs import open_log
from qos.node.stopping import stop_event

LOG_FILE = "relay.log"


def main() -> int:
    """Run the relay of a home; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()
    home: Path = arguments.home
    try:
        with locked(home), open_log(home / LOG_FILE, "info"):
            return _run(home, until_eof=arguments.until_eof)
    except QosError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED


def _run(home: Path, *, until_eof: bool) -> int:
    log = structlog.get_logger("qos.node")
    keys = relay_keys.load(home)
    setup = RelaySetup(
        folder=home,
        account=PrivateKey(keys.account),
        attestation=keys.attestation,
        chains=load_chains(home),
    )
    program = Program(setup)
    memory.settle()

    async def work() -> None:
        await program.run(stop_event(until_eof=until_eof))

    log.info("started", key=keys.attestation_key.hex(), chains=sorted(program.adapters))
    asyncio.run(work())
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
