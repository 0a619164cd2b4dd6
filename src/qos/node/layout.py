"""Laying out a development network: homes, keys and genesis documents of its chains and relays.

Everything secret comes from the operating system; the accounts of people from one phrase that is marked as
development keys. A home is complete once it has its `network.toml`, which is written last.
"""

import shutil
from dataclasses import dataclass

from qos.node import relay_keys
from qos.node.comet.config import CometConfig
from qos.node.config import (
    ChainConfig,
    MetricsConfig,
    NetworkChain,
    NetworkConfig,
    NetworkNode,
    RelayConfig,
    load_config,
    render_config,
)
from qos.node.errors import BadConfig, NodeError
from qos.node.founding import EngineKind, Place, World, found_chain, genesis_time, introduce
from qos.node.home import RELAY_CONFIG_FILE, NetworkHome, write_atomically
from qos.node.ports import RPC_PORT, Ports, choose_ports, node_ports
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.io.keyring import new_entropy

RELAY_PORTS = 50
"""Where the ports of relays begin, above the first chain's."""

CHAINS = (
    NetworkChain(folder="public", chain_id="qos-1", kind="public"),
    NetworkChain(folder="shop-1", chain_id="shop-1", kind="business"),
    NetworkChain(folder="cassini-1", chain_id="cassini-1", kind="cassini"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """What a network is laid out from. `port_base` 0 takes free ports.

    `validators` is how many nodes the public chain has on CometBFT; the others have one.
    """

    name: str = "local"
    port_base: int = RPC_PORT
    relays: int = 4
    chains: tuple[NetworkChain, ...] = CHAINS
    engine: EngineKind = "embedded"
    validators: int = 1


def lay_out(home: NetworkHome, plan: NetworkPlan) -> DevKeys:
    """Write a new network into an empty home and return its development keys. Raises: NodeError when it has one."""
    if home.config_file.exists():
        raise NodeError(f"{home.folder} holds a network already", "qos up resumes it; qos up --reset makes a new one")
    erase(home)
    people = DevKeys(new_entropy())
    devkeys.write(home.keys_folder, people)
    relays = tuple(relay_keys.create(home.relay(number)) for number in range(plan.relays))
    _write_relay_ports(home, plan.relays, plan.port_base)
    world = World(people=people, relays=relays, time_ns=genesis_time())
    ports = choose_ports(plan.port_base, len(plan.chains))
    nodes: list[NetworkNode] = []
    for chain, of_chain in zip(plan.chains, ports, strict=True):
        count = plan.validators if chain.kind == "public" else 1
        further = [NetworkNode(name=f"{chain.folder}-{number}", chain=chain.folder) for number in range(1, count)]
        nodes += further
        found_chain(_places(home, chain, further, of_chain, plan.port_base), chain, plan.engine, world)
    config = NetworkConfig(
        name=plan.name, relays=plan.relays, engine=plan.engine, chains=plan.chains, nodes=tuple(nodes)
    )
    home.config_file.write_text(render_config(config), "utf-8")
    return people


def _places(
    home: NetworkHome, chain: NetworkChain, nodes: list[NetworkNode], of_chain: Ports, port_base: int
) -> tuple[Place, ...]:
    homes = (home.chain(chain.folder), *[home.node(node.name) for node in nodes])
    are_free = port_base == 0
    return tuple(
        Place(home=each, ports=node_ports(of_chain, number, are_free=are_free)) for number, each in enumerate(homes)
    )


def change_ports(home: NetworkHome, port_base: int) -> None:
    """Give the chains of a network other ports. Raises: BadConfig."""
    network = load_config(NetworkConfig, home.config_file)
    chains = network.chains
    _write_relay_ports(home, network.relays, port_base)
    for chain, ports in zip(chains, choose_ports(port_base, len(chains)), strict=True):
        nodes = [node for node in network.nodes if node.chain == chain.folder]
        places = _places(home, chain, nodes, ports, port_base)
        for place in places:
            _listen_at(place)
        if network.engine == "cometbft":
            introduce([place.home for place in places])


def _listen_at(place: Place) -> None:
    config, ports = load_config(ChainConfig, place.home.config_file), place.ports
    edges = {
        "rpc": config.rpc.model_copy(update={"port": ports.rpc}),
        "grpc": config.grpc.model_copy(update={"port": ports.grpc}),
        "rest": config.rest.model_copy(update={"port": ports.rest}),
        "metrics": config.metrics.model_copy(update={"port": ports.metrics}),
    }
    if isinstance(config.engine, CometConfig):
        edges["engine"] = config.engine.model_copy(update={"p2p_port": ports.p2p})
    write_atomically(place.home.config_file, render_config(config.model_copy(update=edges)))


def _write_relay_ports(home: NetworkHome, relays: int, port_base: int) -> None:
    """Give each relay, and behind them the watcher, a port for its figures; free ones for base 0, at each start."""
    home.watcher_folder.mkdir(mode=0o700, exist_ok=True)
    for number, folder in enumerate((*map(home.relay, range(relays)), home.watcher_folder)):
        port = port_base + RELAY_PORTS + number if port_base else 0
        text = render_config(RelayConfig(metrics=MetricsConfig(port=port)))
        write_atomically(folder / RELAY_CONFIG_FILE, text)


def erase(home: NetworkHome) -> None:
    """Remove a network, also one half laid out; sealed keys and certificates stay."""
    try:
        chains = load_config(NetworkConfig, home.config_file).chains
    except BadConfig:
        chains = ()
    home.config_file.unlink(missing_ok=True)
    for folder in (*(chain.folder for chain in (*CHAINS, *chains)), "nodes", "relays", "watcher", "light"):
        shutil.rmtree(home.folder / folder, ignore_errors=True)
    (home.keys_folder / devkeys.FILE_NAME).unlink(missing_ok=True)
    home.state_file.unlink(missing_ok=True)
