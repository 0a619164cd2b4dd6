"""Homes of nodes whose chain has many accounts, and running them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.transfers import CHAIN_ID, FUNDS, GAS_PRICE, address_of
from qos.base.blocktime import rfc3339
from qos.base.identifiers import Address
from qos.crypto import ed25519
from qos.engine.consensus_params import ConsensusParams, render_params
from qos.node.comet.config import CometConfig
from qos.node.comet.files import comet_section, read_node_id, write_keys
from qos.node.comet.report import Condition, read_report
from qos.node.config import ChainConfig, EdgeConfig, MetricsConfig, RpcConfig, StoreConfig, load_config, render_config
from qos.node.home import ChainHome
from qos.node.ports import free_ports
from qos.node.validators import new_seeds
from qos.testing.chain import genesis_document
from qos.testing.stake import with_validators

START_DEADLINE_S = 900
POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the nodes of a run have in common; `settings` replace those of the engine's section."""

    senders: tuple[Address, ...]
    accounts: int
    settings: dict[str, Any]
    keep_versions: int = 100


def document_of(plan: Plan, validators: tuple[bytes, ...]) -> bytes:
    """Return the genesis of a chain with all senders and enough other holders."""
    people = [*plan.senders, *(address_of(index) for index in range(plan.accounts - len(plan.senders)))]
    document = genesis_document(chain_id=CHAIN_ID, funds=dict.fromkeys(people, FUNDS), gas_price=GAS_PRICE)
    made = with_validators(document, validators)
    params = render_params(ConsensusParams(version_app=1))
    now = rfc3339(time.time_ns() // 10**9 * 10**9)
    return json.dumps(made | {"consensus_params": params, "initial_height": "1", "genesis_time": now}).encode()


def make_homes(folder: Path, plan: Plan, count: int) -> tuple[ChainHome, ...]:
    """Write the homes of nodes that are all validators and know each other."""
    seeds = new_seeds(count)
    document = document_of(plan, tuple(ed25519.public_key(seed) for seed in seeds))
    homes = tuple(ChainHome(folder / f"node{number}") for number in range(count))
    ports, ids = [each.p2p for each in free_ports(count)], []
    for home, seed in zip(homes, seeds, strict=True):
        home.folder.mkdir(parents=True)
        ids.append(write_keys(home, seed))
        home.genesis_file.write_bytes(document)
    addresses = [f"{node_id}@127.0.0.1:{port}" for node_id, port in zip(ids, ports, strict=True)]
    for number, home in enumerate(homes):
        others = tuple(each for at, each in enumerate(addresses) if at != number)
        configure(home, plan, ports[number], others)
    return homes


def join(folder: Path, plan: Plan, one: ChainHome) -> ChainHome:
    """Write the home of a node that is no validator and gets its blocks from another."""
    home = ChainHome(folder)
    home.folder.mkdir(parents=True)
    write_keys(home)
    os.link(one.genesis_file, home.genesis_file)
    configure(home, plan, free_ports(1)[0].p2p, (_address(one),))
    return home


def configure(home: ChainHome, plan: Plan, p2p_port: int, peers: tuple[str, ...]) -> None:
    """Write a node's configuration: free ports for clients, its engine reachable by the others."""
    engine = CometConfig(
        p2p_port=p2p_port, peers=peers, pex=False, strict_addresses=False, mempool_txs=20_000, cache_txs=40_000
    )
    config = ChainConfig(
        kind="public",
        moniker=home.folder.name,
        rpc=RpcConfig(port=0),
        grpc=EdgeConfig(),
        rest=EdgeConfig(),
        metrics=MetricsConfig(port=0),
        store=StoreConfig(keep_versions=plan.keep_versions),
        engine=engine.model_copy(update=plan.settings),
    )
    home.config_file.write_text(render_config(config))


def _address(home: ChainHome) -> str:
    engine = comet_section(load_config(ChainConfig, home.config_file))
    return f"{read_node_id(home)}@127.0.0.1:{engine.p2p_port}"


class Node:
    """One running node."""

    def __init__(self, home: ChainHome) -> None:
        """Start it; it answers some time later."""
        self.home = home
        command = (sys.executable, "-m", "qos.node.run_node", "--home", str(home.folder))
        with (home.folder / "words").open("ab") as words:
            self._process = subprocess.Popen(command, stdout=words, stderr=words)

    def until_ready(self) -> None:
        """Wait until it has a block and its edges listen. Exits with its last words when it ends instead."""
        self._until(lambda: self.home.edges_file.exists() and bool(self.height))

    def until_engine_listens(self) -> None:
        """Wait until its engine has an address. Exits as `until_ready`."""
        self._until(self.home.engine_file.exists)

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + START_DEADLINE_S
        while not holds():
            if self._process.poll() is not None or time.monotonic() > end:
                sys.exit(f"the node did not start: {(self.home.folder / 'words').read_text()[-2000:]}")
            time.sleep(POLL_S)

    @property
    def height(self) -> int:
        """The newest block its supervisor has seen."""
        report = read_report(self.home)
        return report.height if report is not None and report.condition is Condition.READY else 0

    @property
    def engine(self) -> str:
        """Address of the engine's private RPC."""
        return str(_told(self.home.engine_file)["rpc"])

    @property
    def edges(self) -> str:
        """Address of the public RPC."""
        return str(_told(self.home.edges_file)["rpc"])

    @property
    def processes(self) -> dict[str, int]:
        """Process ids of its programs."""
        files = {"app": self.home.app_file, "engine": self.home.engine_file, "edges": self.home.edges_file}
        return {name: int(_told(file)["pid"]) for name, file in files.items() if file.exists()}

    def stop(self) -> None:
        """Stop all its programs."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)


def _told(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.read_text())
    return told
