"""`python -m qos.node.run_relay --home DIR`: run one Cassini relay until SIGTERM."""

import asyncio
import os
import sys
import time
from pathlib import Path

import structlog

from qos.base.strictjson import JsonObject, render_json
from qos.cassini.io.exposition import as_json, exposition
from qos.cassini.io.home import load_chains
from qos.cassini.io.program import Program, RelaySetup
from qos.client.transactions import PrivateKey
from qos.node import memory, relay_keys
from qos.node.config import RelayConfig, load_config
from qos.node.home import ENDPOINTS_FILE, RELAY_CONFIG_FILE, locked, write_atomically
from qos.node.logs import open_log
from qos.node.pages import JSON, TEXT, Page, serving
from qos.node.program import command_line, exit_code
from qos.node.sockets import listen, url_of
from qos.node.stopping import stop_event

LOG_FILE = "relay.log"


def main() -> int:
    """Run the relay of a home; returns the exit code."""
    arguments = command_line(__doc__).parse_args()
    return exit_code(lambda: _logged(arguments.home, until_eof=arguments.until_eof))


def _logged(home: Path, *, until_eof: bool) -> None:
    config = read_config(home)
    with locked(home), open_log(home / LOG_FILE, config.log.plan):
        _run(home, config, until_eof=until_eof)


def read_config(home: Path) -> RelayConfig:
    """Read a relay's configuration; a home without has the defaults. Raises: BadConfig."""
    file = home / RELAY_CONFIG_FILE
    return load_config(RelayConfig, file) if file.exists() else RelayConfig()


def _run(home: Path, config: RelayConfig, *, until_eof: bool) -> None:
    log = structlog.get_logger("qos.node")
    keys = relay_keys.load(home)
    setup = RelaySetup(
        folder=home,
        account=PrivateKey(keys.account),
        attestation=keys.attestation,
        chains=load_chains(home),
    )
    program = Program(setup)
    listener = listen(config.metrics.host, config.metrics.port)
    pages = _pages(program)
    memory.settle()

    async def work() -> None:
        async with serving(listener, pages):
            address: JsonObject = {"pid": os.getpid(), "metrics": url_of(listener)}
            write_atomically(home / ENDPOINTS_FILE, render_json(address) + "\n")
            await program.run(stop_event(until_eof=until_eof))

    log.info("started", key=keys.attestation_key.hex(), chains=sorted(program.adapters))
    asyncio.run(work())
    log.info("stopped")


def _pages(program: Program) -> dict[str, Page]:
    def metrics() -> bytes:
        return exposition(program.gauges.readings(time.time_ns()))

    def status() -> bytes:
        return render_json(as_json(program.gauges.readings(time.time_ns()))).encode()

    return {
        "/metrics": Page(content_type=TEXT, render=metrics),
        "/status": Page(content_type=JSON, render=status),
    }


if __name__ == "__main__":
    sys.exit(main())
