"""`python -m qos.node.run_watcher --home DIR`: watch the chains of a development network until SIGTERM.

What it is told lies in its home as for a relay. It pauses with the network's development key `authority`, a pauser that
is no relay (Q12); elsewhere a pauser runs `qos qcp watch` with a key of its own.
"""

import asyncio
import sys
from pathlib import Path

import structlog

from qos.cassini.io.home import GROUP_KIND, HUB_KIND, load_chains
from qos.cassini.io.program import routes_of
from qos.cassini.watcher import Sight
from qos.node import memory
from qos.node.config import MetricsConfig
from qos.node.errors import BadConfig
from qos.node.home import NetworkHome
from qos.node.program import command_line, exit_code
from qos.node.relay_home import held, tell_address
from qos.node.sockets import listen
from qos.node.stopping import stop_event
from qos.node.watching import Watching, watch
from qos.wallet.io import devkeys

LOG_FILE = "watcher.log"
PAUSER = "authority"
log = structlog.get_logger("qos.watcher")


def main() -> int:
    """Watch; returns the exit code."""
    arguments = command_line(__doc__).parse_args()
    return exit_code(lambda: _run(arguments.home, until_eof=arguments.until_eof))


def _run(home: Path, *, until_eof: bool) -> None:
    with held(home, LOG_FILE) as config:
        _watch(home, config.metrics, until_eof=until_eof)


def _watch(home: Path, figures: MetricsConfig, *, until_eof: bool) -> None:
    people = devkeys.read(NetworkHome(home.parent).keys_folder)
    if people is None:
        raise BadConfig(f"{home.parent} has no development keys", "watch with qos qcp watch --from PAUSER")
    chains = load_chains(home)
    hubs = [each.chain_id for each in chains if each.kind == HUB_KIND]
    listener = listen(figures.host, figures.port)
    watching = Watching(
        chains={each.chain_id: each.sources[0] for each in chains if each.kind != GROUP_KIND},
        pairs=tuple([(route.source, route.destination) for route in routes_of(chains) if route.source in hubs]),
        pauser=people.signer(PAUSER),
        listener=listener,
        tell=_tell,
    )
    memory.settle()

    async def work() -> None:
        tell_address(home, listener)
        await watch(watching, stop_event(until_eof=until_eof))

    log.info("started", pairs=[list(pair) for pair in watching.pairs])
    asyncio.run(work())
    log.info("stopped")


def _tell(sight: Sight) -> None:
    """Log gaps and pauses; nothing while all is well."""
    for gap in sight.comparison.gaps:
        log.error("gap", home=gap.home, abroad=gap.abroad, denom=gap.denom, voucher=gap.voucher, amount=str(gap.gap))
    for pause in sight.pauses:
        log.error("paused", chain=pause.chain_id, peer=pause.peer, refused=pause.refused)


if __name__ == "__main__":
    sys.exit(main())
