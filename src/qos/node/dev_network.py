"""Running the network of a home: its lock, its log, its steps to readiness."""

import asyncio

import structlog

from qos.base.strictjson import JsonObject, JsonValue, render_json
from qos.cassini.io.home import CHAINS_FILE
from qos.engine.cometbft.io.program import find_engine
from qos.node import layout
from qos.node.children import Programs
from qos.node.errors import BadConfig
from qos.node.home import NetworkHome, locked, write_atomically
from qos.node.links import Link
from qos.node.logs import LogPlan, open_log
from qos.node.network import Network, Report, Steps, load_network
from qos.node.peering import connect
from qos.node.ports import RPC_PORT
from qos.node.probe import probe
from qos.node.running import Wish


def run_network(home: NetworkHome, wish: Wish, report: Report) -> None:
    """Lay out or resume the network of a home and run it until asked to stop.

    Raises: HomeInUse, BadConfig, StartFailed and what starting raises.
    """
    with locked(home.folder), open_log(home.log_file, LogPlan()):
        programs = Programs()
        try:
            prepare(home, wish)
            steps = Steps(connect=connect, configure=tell_relays, probe=probe)
            network = Network(home, load_network(home), steps, report, programs)
            asyncio.run(network.run())
        finally:
            programs.close()
            structlog.reset_defaults()


def prepare(home: NetworkHome, wish: Wish) -> None:
    """Make the home what the wish says. The caller holds its lock. Raises: BadConfig, EngineMissing, UnfitEngine."""
    if wish.reset:
        layout.erase(home)
    if not home.config_file.exists():
        layout.lay_out(home, _plan(wish))
    else:
        _check_same(home, wish)
        if wish.port_base is not None:
            layout.change_ports(home, wish.port_base)


def _plan(wish: Wish) -> layout.NetworkPlan:
    engine = wish.engine if wish.engine is not None else "embedded"
    if engine == "cometbft":
        find_engine()
    return layout.NetworkPlan(
        port_base=RPC_PORT if wish.port_base is None else wish.port_base,
        engine=engine,
        validators=wish.validators if wish.validators is not None else 1,
    )


def _check_same(home: NetworkHome, wish: Wish) -> None:
    """Return when the network of a home is what is wished. Raises: BadConfig."""
    network = load_network(home)
    validators = 1 + sum(1 for node in network.nodes if node.is_validator)
    if wish.engine not in (None, network.engine):
        other = f"the network in {home.folder} runs on {network.engine}, not on {wish.engine}"
        raise BadConfig(other, "choose another --home, or begin anew with --reset")
    if wish.validators not in (None, validators):
        other = f"the network in {home.folder} has {validators} validators, not {wish.validators}"
        raise BadConfig(other, "choose another --home, or begin anew with --reset")


def tell_relays(home: NetworkHome, links: tuple[Link, ...]) -> None:
    """Write into every relay's home, and the watcher's, which chains there are and where."""
    # All relays look through the same nodes here, which only dev chains allow (R2).
    chains: list[JsonValue] = [
        {
            "chain_id": link.chain.chain_id,
            "kind": link.chain.kind,
            "genesis": str(home.chain(link.chain.folder).genesis_file.absolute()),
            "sources": [link.rpc],
            "taken": [link.rpc],
        }
        for link in links
    ]
    content: JsonObject = {"chains": chains}
    for folder in (*map(home.relay, range(load_network(home).relays)), home.watcher_folder):
        write_atomically(folder / CHAINS_FILE, render_json(content, indent=1) + "\n")
