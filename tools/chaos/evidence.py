"""The same validator key on two nodes: the others catch it signing twice, and the application is told."""

import random
import shutil
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from qos.engine.cometbft.identity import FRESH_SIGN_STATE
from qos.node.children import Programs
from qos.node.comet.files import node_address
from qos.node.comet.making import NodePlan, describe, make_node
from qos.node.home import ChainHome
from qos.node.ports import free_ports
from tools.chaos.checks import Ledger
from tools.chaos.group_faults import Outcome
from tools.chaos.nets import Net, Node, until

CAUGHT_S = 300


def copied_key(folder: Path, chance: random.Random, say: Callable[[str], None]) -> Outcome:
    """Run a second node with the key of one of four validators until a block holds the evidence."""
    net = Net(folder, 4)
    try:
        net.start()
        ledger = Ledger(net)
        victim = chance.choice(net.nodes)
        others = [node for node in net.nodes if node is not victim]
        twin = twin_of(folder / "twin", victim, others, net.programs)
        began = time.monotonic()
        twin.start()
        height, found = until(lambda: evidence_at(net.nodes[0]), "evidence in a block", CAUGHT_S)
        took = round(time.monotonic() - began, 2)
        say(f"signed twice, in block {height} after {took} s")
        twin.kill()
        # The application was told: its rules take the key out of the set for good (V2).
        until(lambda: _is_out(net, victim), "the set without the key", CAUGHT_S)
        net.rise([node for node in net.nodes if node is not victim], 3)
        ledger.compare()
        kind = found[0]["type"].removeprefix("tendermint/")
        seen = f"{kind} in block {height} after {took} s; the key has left the set"
        return Outcome(name="copied validator key", rounds=1, seen=seen)
    finally:
        net.close()


def twin_of(folder: Path, victim: Node, others: Sequence[Node], programs: Programs) -> Node:
    """Make a second node with a validator's key that has signed nothing yet; it is not started."""
    home = ChainHome(folder)
    plan = NodePlan(
        kind="public",
        moniker="twin",
        ports=free_ports(1)[0],
        peers=tuple([node_address(node.home, node.config) for node in others]),
        genesis=victim.home.genesis_file.read_bytes(),
    )
    make_node(home, plan)
    shutil.copyfile(victim.home.validator_keys_file, home.validator_keys_file)
    home.comet_sign_state_file.write_text(FRESH_SIGN_STATE)
    return Node(len(others) + 1, home, programs)


def _is_out(net: Net, victim: Node) -> bool:
    """Tell whether the newest set of every node is without the key."""
    key = b64encode(describe(victim.home).consensus_key).decode()
    try:
        sets = [node.ask("validators?per_page=100")["validators"] for node in net.nodes]
    except (httpx.HTTPError, KeyError):
        return False
    return not any(each["pub_key"]["value"] == key for found in sets for each in found)


def evidence_at(node: Node) -> tuple[int, list[Any]] | None:
    """Return a node's newest blocks' first evidence, and the height it stands at."""
    tip = node.height()
    for height in range(max(1, tip - 10), tip + 1):
        try:
            found = node.ask(f"block?height={height}")["block"]["evidence"]["evidence"]
        except (httpx.HTTPError, KeyError):
            return None
        if found:
            return height, found
    return None
