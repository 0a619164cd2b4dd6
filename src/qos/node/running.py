"""What a supervisor reports of its network, in one file of its home, for every other command."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json, render_json
from qos.node.errors import BadConfig
from qos.node.home import NetworkHome, holder, write_atomically


class Phase(StrEnum):
    """How far a network is."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningChain:
    """A chain of a running network."""

    folder: str
    chain_id: str
    kind: str
    rpc: str
    pid: int
    grpc: str = ""
    rest: str = ""

    def described(self) -> JsonObject:
        """Return it as JSON, but for its folder."""
        return {
            "chain_id": self.chain_id,
            "kind": self.kind,
            "rpc": self.rpc,
            "grpc": self.grpc,
            "rest": self.rest,
            "pid": self.pid,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRelay:
    """A relay of a running network."""

    number: int
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNode:
    """A further node of a chain of a running network."""

    name: str
    chain: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A supervisor's report; `progress` says what it does or why it failed."""

    pid: int
    phase: Phase
    progress: str
    next_step: str = ""
    chains: tuple[RunningChain, ...] = ()
    relays: tuple[RunningRelay, ...] = ()
    nodes: tuple[RunningNode, ...] = ()
    watcher_pid: int | None = None
    """The program that compares the chains, once it was started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a network should be brought up. What is None an old one keeps as it is.

    A new one takes the usual ports, the embedded engine and, on CometBFT, one validator a chain.
    """

    port_base: int | None = None
    reset: bool = False
    engine: Literal["embedded", "cometbft"] | None = None
    validators: int | None = None


def write_running(home: NetworkHome, running: Running) -> None:
    """Publish the report."""
    chains: list[JsonValue] = [each.described() | {"folder": each.folder} for each in running.chains]
    relays: list[JsonValue] = [{"number": each.number, "pid": each.pid} for each in running.relays]
    report: JsonObject = {
        "pid": running.pid,
        "phase": running.phase.value,
        "progress": running.progress,
        "next": running.next_step,
        "chains": chains,
        "relays": relays,
        "nodes": [{"name": each.name, "chain": each.chain, "pid": each.pid} for each in running.nodes],
        "watcher": running.watcher_pid,
    }
    write_atomically(home.state_file, render_json(report, indent=2) + "\n")


def read_running(home: NetworkHome) -> Running | None:
    """Return the report of the supervisor that holds the home; None when none does. Raises: BadConfig."""
    pid = holder(home.folder)
    report = read_report(home)
    return report if report is not None and pid == report.pid else None


def read_report(home: NetworkHome) -> Running | None:
    """Return the newest report, also of a supervisor that has ended. Raises: BadConfig."""
    try:
        text = home.state_file.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return _read(parse_json(text))
    except (BadJson, KeyError, TypeError, ValueError) as error:
        raise BadConfig(f"{home.state_file}: {error}", "delete the file; a running network writes it again") from None


def _read(value: JsonValue) -> Running:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    chains, relays, nodes = value["chains"], value["relays"], value["nodes"]
    if not isinstance(chains, list) or not isinstance(relays, list) or not isinstance(nodes, list):
        raise TypeError("chains, relays and nodes are lists")
    return Running(
        pid=_integer(value["pid"]),
        phase=Phase(str(value["phase"])),
        progress=str(value["progress"]),
        next_step=str(value["next"]),
        chains=tuple(_chain(each) for each in chains),
        relays=tuple(_relay(each) for each in relays),
        nodes=tuple(_node(each) for each in nodes),
        watcher_pid=None if value["watcher"] is None else _integer(value["watcher"]),
    )


def _chain(value: JsonValue) -> RunningChain:
    if not isinstance(value, dict):
        raise TypeError("a chain is an object")
    return RunningChain(
        folder=str(value["folder"]),
        chain_id=str(value["chain_id"]),
        kind=str(value["kind"]),
        rpc=str(value["rpc"]),
        grpc=str(value["grpc"]),
        rest=str(value["rest"]),
        pid=_integer(value["pid"]),
    )


def _relay(value: JsonValue) -> RunningRelay:
    if not isinstance(value, dict):
        raise TypeError("a relay is an object")
    return RunningRelay(number=_integer(value["number"]), pid=_integer(value["pid"]))


def _node(value: JsonValue) -> RunningNode:
    if not isinstance(value, dict):
        raise TypeError("a node is an object")
    return RunningNode(name=str(value["name"]), chain=str(value["chain"]), pid=_integer(value["pid"]))


def _integer(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise TypeError("not an integer")
    return value
