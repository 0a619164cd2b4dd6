"""Founding a chain: the homes of its first nodes, with their keys, their configuration and one genesis document."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qos.base.blocktime import MILLISECOND_NS
from qos.crypto import ed25519
from qos.node.chain_lists import chain_of
from qos.node.comet.config import CometConfig
from qos.node.comet.files import node_address, write_keys
from qos.node.config import (
    ChainConfig,
    EdgeConfig,
    EngineConfig,
    MetricsConfig,
    NetworkChain,
    RpcConfig,
    load_config,
    render_config,
)
from qos.node.devgenesis import Provider, genesis_plan
from qos.node.genesis import make_genesis
from qos.node.home import ChainHome, write_atomically
from qos.node.ports import Ports
from qos.node.relay_keys import RelayKeys
from qos.node.validators import new_seeds, write_seeds
from qos.wallet.io.devkeys import DevKeys

VALIDATORS = 4
"""Of a chain on the embedded engine, all in one process."""

CASSINI_MIN_INTERVAL_MS = 100
"""Every batch is handed in one block after the one before it: 64 packets, so this bounds packets a second."""

CASSINI_ENGINE = EngineConfig(min_interval_ms=CASSINI_MIN_INTERVAL_MS, proof_after_ms=CASSINI_MIN_INTERVAL_MS)
"""Nobody waits for a proof of what relays say: a busy chain makes no empty blocks."""

HEARTBEAT_MS = 1_000
EngineKind = Literal["embedded", "cometbft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Whom the chains of a network know from the start."""

    people: DevKeys
    relays: tuple[RelayKeys, ...]
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node of a chain lies and listens."""

    home: ChainHome
    ports: Ports


def genesis_time() -> int:
    """Return a time for a genesis: block 1 has it, and must not lie ahead of any clock that reads it."""
    return time.time_ns() // MILLISECOND_NS * MILLISECOND_NS


def found_chain(
    places: Sequence[Place], chain: NetworkChain, engine: EngineKind, world: World, provider: Provider | None = None
) -> None:
    """Write the homes of a chain's first nodes. Raises: FileExistsError when one lies there.

    On the embedded engine there is one place, which holds all validators; on CometBFT each place is a validator.
    """
    seeds = new_seeds(VALIDATORS if engine == "embedded" else len(places))
    for place in places:
        place.home.folder.mkdir(parents=True, mode=0o700)
    for place, seed in zip(places, seeds, strict=False):
        if engine == "embedded":
            write_seeds(place.home.validator_keys_file, seeds)
        else:
            write_keys(place.home, seed)
    validators = tuple(ed25519.public_key(seed) for seed in seeds)
    plan = genesis_plan(chain, world.people, world.relays, validators, world.time_ns, provider)
    document = make_genesis(chain_of(chain.kind), plan)
    for place in places:
        place.home.genesis_file.write_text(document, "utf-8")
        config = node_config(chain.kind, place.home.folder.name, place.ports, engine)
        place.home.config_file.write_text(render_config(config), "utf-8")
    if engine == "cometbft":
        introduce([place.home for place in places])


def node_config(kind: str, moniker: str, ports: Ports, engine: EngineKind) -> ChainConfig:
    """Return the configuration of a new node."""
    return ChainConfig.model_validate(
        {
            "kind": kind,
            "moniker": moniker,
            "rpc": RpcConfig(port=ports.rpc),
            "grpc": EdgeConfig(port=ports.grpc),
            "rest": EdgeConfig(port=ports.rest),
            "metrics": MetricsConfig(port=ports.metrics),
            "engine": _engine(kind, ports.p2p, engine),
        }
    )


def _engine(kind: str, p2p_port: int, engine: EngineKind) -> EngineConfig | CometConfig:
    quick = kind == "cassini"
    if engine == "embedded":
        return CASSINI_ENGINE if quick else EngineConfig()
    if quick:
        return CometConfig(p2p_port=p2p_port, block_ms=CASSINI_MIN_INTERVAL_MS, heartbeat_ms=HEARTBEAT_MS)
    return CometConfig(p2p_port=p2p_port)


def introduce(homes: Sequence[ChainHome]) -> None:
    """Make nodes on one machine dial each other for ever. Raises: BadConfig, BadKeyFile."""
    configs = [load_config(ChainConfig, home.config_file) for home in homes]
    addresses = [node_address(home, config) for home, config in zip(homes, configs, strict=True)]
    for home, config, own in zip(homes, configs, addresses, strict=True):
        peers = tuple([address for address in addresses if address != own])
        # Private addresses are no routable ones, which strict books of addresses leave out.
        engine = config.engine.model_copy(update={"peers": peers, "strict_addresses": False})
        write_atomically(home.config_file, render_config(config.model_copy(update={"engine": engine})))
