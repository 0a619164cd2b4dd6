"""Laying out a development network: homes, keys and genesis documents of its chains and relays.

Everything secret comes from the operating system; the accounts of people from one phrase that is marked as
development keys. A home is complete once it has its `network.toml`, which is written last.
"""

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass

from qos.base.blocktime import MILLISECOND_NS
from qos.crypto import ed25519
from qos.node import relay_keys
from qos.node.chain_lists import chain_of
from qos.node.config import (
    ChainConfig,
    EdgeConfig,
    EngineConfig,
    MetricsConfig,
    NetworkChain,
    NetworkConfig,
    RelayConfig,
    RpcConfig,
    load_config,
    render_config,
)
from qos.node.devgenesis import Provider, genesis_plan
from qos.node.errors import BadConfig, NodeError
from qos.node.genesis import make_genesis
from qos.node.home import RELAY_CONFIG_FILE, ChainHome, NetworkHome, write_atomically
from qos.node.relay_keys import RelayKeys
from qos.node.sockets import listen
from qos.node.validators import new_seeds, write_seeds
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.io.keyring import new_entropy

RPC_PORT, GRPC_PORT, REST_PORT = 26_657, 9_090, 1_317
"""Where clients look for the first chain of a network."""

PORTS_PER_CHAIN = 100
METRICS_OFFSET, P2P_OFFSET = 3, -1
"""Where a chain's figures and its nodes' own connections are, seen from its RPC."""

RELAY_PORTS = 50
"""Where the ports of relays begin, above the first chain's."""
VALIDATORS = 4
CASSINI_MIN_INTERVAL_MS = 100
"""A queue's next batch is agreed once the one before is: one block of 64 packets, so this bounds packets a second."""

CHAINS = (
    NetworkChain(folder="public", chain_id="qos-1", kind="public"),
    NetworkChain(folder="shop-1", chain_id="shop-1", kind="business"),
    NetworkChain(folder="cassini-1", chain_id="cassini-1", kind="cassini"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the edges of one chain listen."""

    rpc: int
    grpc: int
    rest: int
    metrics: int
    p2p: int

    def shifted(self, by: int) -> "Ports":
        """Return the same ports, all so much higher."""
        return Ports(
            rpc=self.rpc + by, grpc=self.grpc + by, rest=self.rest + by, metrics=self.metrics + by, p2p=self.p2p + by
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Whom the chains of a network know from the start."""

    people: DevKeys
    relays: tuple[RelayKeys, ...]
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """What a network is laid out from. `port_base` 0 takes free ports."""

    name: str = "local"
    port_base: int = RPC_PORT
    relays: int = 4
    chains: tuple[NetworkChain, ...] = CHAINS


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
    for chain, of_chain in zip(plan.chains, ports, strict=True):
        write_chain(home.chain(chain.folder), chain, of_chain, world)
    config = NetworkConfig(name=plan.name, relays=plan.relays, chains=plan.chains)
    home.config_file.write_text(render_config(config), "utf-8")
    return people


def genesis_time() -> int:
    """Return a time for a genesis: block 1 has it, and must not lie ahead of any clock that reads it."""
    return time.time_ns() // MILLISECOND_NS * MILLISECOND_NS


def choose_ports(port_base: int, count: int) -> tuple[Ports, ...]:
    """Return the ports of a network's chains: the usual ones for the usual base, free ones for base 0.

    Else gRPC and REST follow the RPC's port. Figures are three above it. All are fixed: a restart keeps them.
    """
    if port_base == 0:
        return free_ports(count)
    starts = [PORTS_PER_CHAIN * index for index in range(count)]
    grpc, rest = (GRPC_PORT, REST_PORT) if port_base == RPC_PORT else (port_base + 1, port_base + 2)
    first = Ports(rpc=port_base, grpc=grpc, rest=rest, metrics=port_base + METRICS_OFFSET, p2p=port_base + P2P_OFFSET)
    return tuple(first.shifted(at) for at in starts)


def free_ports(count: int) -> tuple[Ports, ...]:
    """Return ports for so many chains that nobody listens on now."""
    with ExitStack() as stack:

        def free() -> int:
            return int(stack.enter_context(listen("127.0.0.1", 0)).getsockname()[1])

        return tuple(Ports(rpc=free(), grpc=free(), rest=free(), metrics=free(), p2p=free()) for _ in range(count))


def change_ports(home: NetworkHome, port_base: int) -> None:
    """Give the chains of a network other ports. Raises: BadConfig."""
    network = load_config(NetworkConfig, home.config_file)
    chains = network.chains
    _write_relay_ports(home, network.relays, port_base)
    for chain, ports in zip(chains, choose_ports(port_base, len(chains)), strict=True):
        file = home.chain(chain.folder).config_file
        config = load_config(ChainConfig, file)
        edges = {
            "rpc": config.rpc.model_copy(update={"port": ports.rpc}),
            "grpc": config.grpc.model_copy(update={"port": ports.grpc}),
            "rest": config.rest.model_copy(update={"port": ports.rest}),
            "metrics": config.metrics.model_copy(update={"port": ports.metrics}),
        }
        write_atomically(file, render_config(config.model_copy(update=edges)))


def _write_relay_ports(home: NetworkHome, relays: int, port_base: int) -> None:
    """Give each relay a port for its figures; free ones for base 0, chosen at each start."""
    for number in range(relays):
        port = port_base + RELAY_PORTS + number if port_base else 0
        text = render_config(RelayConfig(metrics=MetricsConfig(port=port)))
        write_atomically(home.relay(number) / RELAY_CONFIG_FILE, text)


def erase(home: NetworkHome) -> None:
    """Remove a network, also one half laid out; sealed keys and certificates stay."""
    try:
        chains = load_config(NetworkConfig, home.config_file).chains
    except BadConfig:
        chains = ()
    home.config_file.unlink(missing_ok=True)
    for folder in (*(chain.folder for chain in (*CHAINS, *chains)), "relays", "light"):
        shutil.rmtree(home.folder / folder, ignore_errors=True)
    (home.keys_folder / devkeys.FILE_NAME).unlink(missing_ok=True)
    home.state_file.unlink(missing_ok=True)


def write_chain(
    home: ChainHome, chain: NetworkChain, ports: Ports, world: World, provider: Provider | None = None
) -> None:
    """Write the home of one chain: keys, configuration, genesis. Raises: FileExistsError when it has one."""
    home.folder.mkdir(parents=True, mode=0o700)
    seeds = new_seeds(VALIDATORS)
    write_seeds(home.validator_keys_file, seeds)
    engine = EngineConfig(min_interval_ms=CASSINI_MIN_INTERVAL_MS) if chain.kind == "cassini" else EngineConfig()
    config = ChainConfig(
        kind=chain.kind,
        moniker=chain.folder,
        rpc=RpcConfig(port=ports.rpc),
        grpc=EdgeConfig(port=ports.grpc),
        rest=EdgeConfig(port=ports.rest),
        metrics=MetricsConfig(port=ports.metrics),
        engine=engine,
    )
    home.config_file.write_text(render_config(config), "utf-8")
    validators = tuple(ed25519.public_key(seed) for seed in seeds)
    plan = genesis_plan(chain, world.people, world.relays, validators, world.time_ns, provider)
    home.genesis_file.write_text(make_genesis(chain_of(chain.kind), plan), "utf-8")
