"""Nodes on this machine that a fault can be done to: started, killed, stopped, paused, cut from each other."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx

from qos.node.children import Child, Programs
from qos.node.comet.config import CometConfig
from qos.node.comet.files import comet_section, node_address
from qos.node.comet.report import NodeReport, read_address, read_report
from qos.node.config import ChainConfig, NetworkChain, load_config, render_config
from qos.node.home import ChainHome, NetworkHome
from qos.node.layout import NetworkPlan, lay_out
from qos.wallet.io.devkeys import DevKeys
from tools.chaos.proxies import Proxies

PUBLIC = NetworkChain(folder="public", chain_id="qos-1", kind="public")
DEADLINE_S = 90
POLL_S = 0.1
BLOCK_MS = 500
T = TypeVar("T")


class ChaosFailed(AssertionError):
    """Something that must hold after a fault does not."""


class Node:
    """One node: its home and the process of its supervisor."""

    def __init__(self, number: int, home: ChainHome, programs: Programs) -> None:
        self.number = number
        self.home = home
        self._programs = programs
        self.child = Child(f"node {number}", "node", home.folder)
        self.config = load_config(ChainConfig, home.config_file)
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self.config.rpc.port}", timeout=5)

    @property
    def url(self) -> str:
        """Where its RPC answers."""
        return str(self._http.base_url).rstrip("/")

    @property
    def has_ended(self) -> bool:
        """Whether its supervisor is gone."""
        self._programs.poll()
        return self.child.has_ended

    def start(self) -> None:
        """Start it."""
        self._programs.start(self.child)

    def report(self) -> NodeReport | None:
        """What its supervisor says."""
        return read_report(self.home)

    def pids(self) -> list[int]:
        """The processes of its tree, the supervisor first."""
        content = read_address(self.home.node_file.read_bytes()) if self.home.node_file.exists() else {}
        found = [content.get(name) for name in ("pid", "app", "engine", "edges")]
        return [pid for pid in found if isinstance(pid, int) and pid]

    def signal(self, number: int) -> None:
        """Send a signal to every process of its tree."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """Kill the whole tree at once, as a loss of power would."""
        self.signal(signal.SIGKILL)
        until(lambda: self.has_ended, f"the end of {self.child.name}")

    def stop(self) -> int:
        """Ask it to stop; returns its exit code."""
        self._programs.poll()
        self.child.signal(signal.SIGTERM)
        until(lambda: self.has_ended, f"the end of {self.child.name}")
        return self.child.exit_code or 0

    def ask(self, route: str) -> Any:
        """Return a route's result. Raises: httpx.HTTPError, KeyError."""
        return self._http.get(f"/{route}").json()["result"]

    def height(self) -> int:
        """Return the newest height it tells, -1 when it does not answer."""
        try:
            return int(self.ask("status")["sync_info"]["latest_block_height"])
        except (httpx.HTTPError, KeyError, ValueError):
            return -1


class Net:
    """Validators of one public chain on loopback, every link between two of them through a proxy of ours."""

    def __init__(self, folder: Path, validators: int) -> None:
        network = NetworkHome(folder)
        plan = NetworkPlan(port_base=0, relays=0, chains=(PUBLIC,), engine="cometbft", validators=validators)
        self.people: DevKeys = lay_out(network, plan)
        homes = [network.chain("public"), *[network.node(f"public-{number}") for number in range(1, validators)]]
        self.proxies = Proxies()
        _link(homes, self.proxies)
        self.programs = Programs()
        self.nodes = [Node(number, home, self.programs) for number, home in enumerate(homes)]

    def start(self) -> None:
        """Start all nodes and wait for blocks."""
        for node in self.nodes:
            node.start()
        self.rise(self.nodes, 3)

    def tip(self, nodes: Sequence[Node] | None = None) -> int:
        """Return the greatest height anyone tells."""
        return max(node.height() for node in (nodes if nodes is not None else self.nodes))

    def rise(self, nodes: Sequence[Node], by: int, deadline_s: float = DEADLINE_S) -> None:
        """Wait until all nodes are so many blocks above today's tip."""
        goal = max(self.tip(nodes), 0) + by
        until(lambda: min(node.height() for node in nodes) >= goal, f"height {goal} on every node", deadline_s)

    def close(self) -> None:
        """End everything."""
        for node in self.nodes:
            node.signal(signal.SIGCONT)
        self.programs.close()
        self.proxies.close()


def _link(homes: Sequence[ChainHome], proxies: Proxies) -> None:
    """Tell each node the proxies of the others; peers do not tell each other their real addresses."""
    configs = [load_config(ChainConfig, home.config_file) for home in homes]
    addresses = [node_address(home, config) for home, config in zip(homes, configs, strict=True)]
    for here, (home, config) in enumerate(zip(homes, configs, strict=True)):
        peers: list[str] = []
        for there, address in enumerate(addresses):
            if there != here:
                node_id, port = address.split("@")[0], comet_section(configs[there]).p2p_port
                peers.append(f"{node_id}@127.0.0.1:{proxies.add(here, there, port)}")
        changed = {**config.engine.model_dump(), "peers": tuple(peers), "pex": False, "block_ms": BLOCK_MS}
        engine = CometConfig.model_validate(changed)
        home.config_file.write_text(render_config(config.model_copy(update={"engine": engine})), "utf-8")


def until(condition: Callable[[], T | None], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Return what a condition gives once it is true. Raises: ChaosFailed after the deadline."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(POLL_S)
    raise ChaosFailed(f"{what} did not come within {deadline_s} s")
