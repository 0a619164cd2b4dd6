"""Running the network of a home: its lock, its log, its steps to readiness."""

import asyncio
from pathlib import Path

import structlog

from qos.base.strictjson import JsonObject, JsonValue, render_json
from qos.cassini.io.home import CHAINS_FILE
from qos.engine.cometbft.io.program import find_engine
from qos.node import layout
from qos.node.children import Programs
from qos.node.config import ChainConfig, load_config
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
    """Write into every relay's home, and the watcher's, which chains there are and where.

    Each relay looks through a validator of its own as far as a chain has so many: one node down then costs one relay.
    """
    for number in range(load_network(home).relays):
        _tell(home.relay(number), [_access(home, link, number) for link in links])
    _tell(home.watcher_folder, [_access(home, link, 0) for link in links])


def _tell(folder: Path, chains: list[JsonValue]) -> None:
    content: JsonObject = {"chains": chains}
    write_atomically(folder / CHAINS_FILE, render_json(content, indent=1) + "\n")


def _access(home: NetworkHome, link: Link, number: int) -> JsonObject:
    """Return a chain as one relay reaches it; others look through the same nodes, which only dev chains allow (R2)."""
    sources = _sources(home, link)
    taken: list[JsonValue] = [*sources]
    return {
        "chain_id": link.chain.chain_id,
        "kind": link.chain.kind,
        "genesis": str(home.chain(link.chain.folder).genesis_file.absolute()),
        "sources": [sources[number % len(sources)]],
        "taken": taken,
    }


def _sources(home: NetworkHome, link: Link) -> list[str]:
    """Return where the validators of a chain answer; a node that joined later has not all of its past."""
    nodes = [each for each in load_network(home).nodes if each.chain == link.chain.folder and each.is_validator]
    edges = [load_config(ChainConfig, home.node(node.name).config_file).rpc for node in nodes]
    return [link.rpc, *[f"http://{edge.host}:{edge.port}" for edge in edges if edge.port]]
