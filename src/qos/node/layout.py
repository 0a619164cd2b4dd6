"""Laying out a development network: homes, keys and genesis documents of its chains and relays.

Everything secret comes from the operating system; the accounts of people from one phrase that is marked as
development keys. A home is complete once it has its `network.toml`, which is written last.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from qos.base.blocktime import MILLISECOND_NS
from qos.base.strictjson import render_json
from qos.crypto import ed25519
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, EngineConfig, NetworkChain, NetworkConfig, RpcConfig, render_config
from qos.node.devgenesis import RelayKeys, genesis_plan
from qos.node.errors import NodeError
from qos.node.genesis import make_genesis
from qos.node.home import ChainHome, NetworkHome
from qos.node.validators import new_seeds, write_seeds
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.io.keyring import new_entropy, write_private

RPC_PORT = 26_657
PORTS_PER_CHAIN = 100
VALIDATORS = 4
CASSINI_MIN_INTERVAL_MS = 200
RELAY_KEYS_FILE = "keys.json"

CHAINS = (
    NetworkChain(folder="public", chain_id="qos-1", kind="public"),
    NetworkChain(folder="shop-1", chain_id="shop-1", kind="business"),
    NetworkChain(folder="cassini-1", chain_id="cassini-1", kind="cassini"),
)


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
    people = DevKeys(new_entropy())
    devkeys.write(home.keys_folder, people)
    relays = tuple(_write_relay(home.relay(number)) for number in range(plan.relays))
    # Block 1 has the time of genesis; it must not lie ahead of any clock that reads it.
    time_ns = time.time_ns() // MILLISECOND_NS * MILLISECOND_NS
    for index, chain in enumerate(plan.chains):
        _write_chain(home.chain(chain.folder), chain, _port(plan, index), (people, relays, time_ns))
    config = NetworkConfig(name=plan.name, relays=plan.relays, chains=plan.chains)
    home.config_file.write_text(render_config(config), "utf-8")
    return people


def _port(plan: NetworkPlan, index: int) -> int:
    return plan.port_base + PORTS_PER_CHAIN * index if plan.port_base else 0


def _write_chain(
    home: ChainHome, chain: NetworkChain, port: int, world: tuple[DevKeys, tuple[RelayKeys, ...], int]
) -> None:
    people, relays, time_ns = world
    home.folder.mkdir(parents=True, mode=0o700)
    seeds = new_seeds(VALIDATORS)
    write_seeds(home.validator_keys_file, seeds)
    engine = EngineConfig(min_interval_ms=CASSINI_MIN_INTERVAL_MS) if chain.kind == "cassini" else EngineConfig()
    config = ChainConfig(kind=chain.kind, moniker=chain.folder, rpc=RpcConfig(port=port), engine=engine)
    home.config_file.write_text(render_config(config), "utf-8")
    validators = tuple(ed25519.public_key(seed) for seed in seeds)
    plan = genesis_plan(chain, people, relays, validators=validators, time_ns=time_ns)
    home.genesis_file.write_text(make_genesis(chain_of(chain.kind), plan), "utf-8")


def _write_relay(folder: Path) -> RelayKeys:
    folder.mkdir(parents=True, mode=0o700)
    keys = RelayKeys(account=os.urandom(32), attestation=os.urandom(32))
    fields = {
        "warning": "whoever has these votes and attests as this relay",
        "account": keys.account.hex(),
        "attestation": keys.attestation.hex(),
    }
    write_private(folder / RELAY_KEYS_FILE, render_json({**fields}, indent=1) + "\n")
    return keys
