"""`python -m qos.node.run_relay --home DIR`: run one Cassini relay until SIGTERM."""

import asyncio
import sys
import time
from pathlib import Path

import structlog

from qos.base.strictjson import render_json
from qos.cassini.io.exposition import as_json, exposition
from qos.cassini.io.home import load_chains
from qos.cassini.io.program import Program, RelaySetup
from qos.client.transactions import PrivateKey
from qos.node import memory, relay_keys
from qos.node.config import MetricsConfig
from qos.node.pages import JSON, TEXT, Page, serving
from qos.node.program import command_line, exit_code
from qos.node.relay_home import held, tell_address
from qos.node.sockets import listen
from qos.node.stopping import stop_event

LOG_FILE = "relay.log"


def main() -> int:
    """Run the relay of a home; returns the exit code."""
    arguments = command_line(__doc__).parse_args()
    return exit_code(lambda: _run(arguments.home, until_eof=arguments.until_eof))


def _run(home: Path, *, until_eof: bool) -> None:
    with held(home, LOG_FILE) as config:
        _relay(home, config.metrics, until_eof=until_eof)


def _relay(home: Path, figures: MetricsConfig, *, until_eof: bool) -> None:
    log = structlog.get_logger("qos.node")
    keys = relay_keys.load(home)
    setup = RelaySetup(
        folder=home,
        account=PrivateKey(keys.account),
        attestation=keys.attestation,
        chains=load_chains(home),
    )
    program = Program(setup)
    listener = listen(figures.host, figures.port)
    pages = _pages(program)
    memory.settle()

    async def work() -> None:
        async with serving(listener, pages):
            tell_address(home, listener)
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
