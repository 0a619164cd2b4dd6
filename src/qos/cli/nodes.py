"""What `qos node` does."""

import time
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from qos.base.strictjson import JsonObject, render_json
from qos.cli.errors import Failed, NotRunning, UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.progress import telling
from qos.crypto import ed25519
from qos.node import holdings
from qos.node.comet.making import NodePlan, describe, genesis_of, make_node
from qos.node.comet.report import Condition, NodeReport, read_report
from qos.node.home import ChainHome
from qos.node.ports import RPC_PORT, choose_ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What a new node was asked to be."""

    kind: str
    genesis: Path | None
    chain_id: str
    moniker: str
    peers: str


def place_of(home: Path) -> ChainHome:
    """Return the home that was named."""
    return ChainHome(home.expanduser())


def existing(home: Path) -> ChainHome:
    """Return the home that was named. Raises: UsageError when no node lies there."""
    found = place_of(home)
    if not found.config_file.exists():
        raise UsageError(f"there is no node in {found.folder}", "qos node init makes one, or give --home")
    return found


def init(home: Path, founding: Founding, port_base: int | None, output: Output) -> None:
    """Make a node and say who it is. Raises: NodeError, BadGenesis, BadConfig."""
    place = place_of(home)
    plan = NodePlan(
        kind=founding.kind,
        moniker=founding.moniker,
        ports=choose_ports(RPC_PORT if port_base is None else port_base, 1)[0],
        peers=tuple(each.strip() for each in founding.peers.split(",") if each.strip()),
        genesis=None if founding.genesis is None else genesis_of(founding.genesis),
        holdings=None if founding.genesis is None else holdings.beside(founding.genesis),
        chain_id=founding.chain_id,
    )
    make_node(place, plan, telling("checking holdings", output))
    if plan.genesis is not None and holdings.named_by(plan.genesis) is not None:
        holdings.lay(place, telling("laying holdings", output))
    identity(home, output)


def identity(home: Path, output: Output) -> None:
    """Show who a node is."""
    place = existing(home)
    made = describe(place)
    facts: JsonObject = {
        "home": str(place.folder),
        "chain_id": made.chain_id,
        "genesis_hash": made.genesis_hash.hex(),
        "node_id": made.node_id,
        "p2p": made.address,
        "consensus_key": b64encode(made.consensus_key).decode(),
        "consensus_address": bytes(ed25519.address(made.consensus_key)).hex().upper(),
    }
    show(facts, output)


def start(home: Path, output: Output) -> None:
    """Run a node until asked to stop. Raises: what ends it."""
    from qos.node.run_node import run_node

    place = existing(home)
    began = time.monotonic()
    told = ""

    def tell(report: NodeReport) -> None:
        nonlocal told
        line = report.said if report.condition is Condition.STARTING else report.condition.value
        if line != told:
            told = line
            _print(report, line, time.monotonic() - began, output)

    run_node(place, tell, until_eof=False)


def _print(report: NodeReport, line: str, after_s: float, output: Output) -> None:
    if output is Output.JSON:
        print(render_json(report.described()), flush=True)
    else:
        print(f"{after_s:5.1f} s  {line}", flush=True)


def status(home: Path, output: Output) -> None:
    """Show how a node is. Raises: NotRunning, Failed when it makes no blocks."""
    place = existing(home)
    report = read_report(place)
    if report is None:
        raise NotRunning(f"no node runs in {place.folder}", "qos node start runs it")
    if report.condition is Condition.STALLED:
        raise Failed(f"the node makes no blocks: {report.said}", "qos doctor, and see engine.log for peers and votes")
    show(report.described(), output)


def snapshot(home: Path, height: int | None, output: Output) -> None:
    """Export a snapshot. Raises: BadSnapshot, NodeError, StoreError."""
    from qos.node.snapshots.exporting import export_snapshot
    from qos.node.snapshots.files import described

    show(described(export_snapshot(existing(home), height)), output)


def rollback(home: Path, output: Output) -> None:
    """Take a node one block back. Raises: as `roll_back`."""
    from qos.node.comet.rollback import roll_back

    done = roll_back(existing(home))
    facts: JsonObject = {"height": done.height, "app_hash": done.app_hash.hex()}
    show(
        facts, output, f"engine and application stand at height {done.height}; the next start executes the block above"
    )


def prune(home: Path, output: Output) -> None:
    """Give back the space of what was pruned. Raises: as `compact`."""
    from qos.node.comet.compacting import compact

    done = compact(existing(home))
    text = f"the data took {done.before >> 10} KiB and takes {done.after >> 10} KiB"
    show({"bytes_before": done.before, "bytes_after": done.after}, output, text)
