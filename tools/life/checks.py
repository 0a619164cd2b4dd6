"""What must hold of all nodes at the end of a life: equal blocks and app hashes, every invariant, exact supply."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.chaos.checks import PAGE, hashes
from tools.chaos.nets import ChaosFailed, Node
from tools.life.founding import ALLOTTED
from tools.life.world import World

AUDIT_S = 300


def compare(nodes: Sequence[Node]) -> int:
    """Compare block and app hash of every height on all nodes; returns how many. Raises: ChaosFailed."""
    tip = min(node.height() for node in nodes)
    for first in range(1, tip + 1, PAGE):
        last = min(first + PAGE - 1, tip)
        found = {node.number: hashes(node, first, last) for node in nodes}
        if len(set(found.values())) != 1:
            raise ChaosFailed(f"nodes differ between heights {first} and {last}: {found}")
    return tip


def audit(node: Node, source: Path | None) -> dict[str, Any]:
    """Run every invariant over a stopped node's state with the build that made it. Raises: ChaosFailed.

    `source` is another build's source tree. All there is must be what genesis allotted and what was minted.
    """
    environment = os.environ if source is None else {**os.environ, "PYTHONPATH": str(source)}
    command = [sys.executable, "-m", "qos.testing.audit", "--home", str(node.home.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_S, check=False, env=environment)
    if done.returncode:
        raise ChaosFailed(f"{node.child.name} holds a broken state: {done.stderr[-1_000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    if found["supply"] != ALLOTTED + found["minted"]:
        raise ChaosFailed(f"{found['supply']} aqos are not {ALLOTTED} of genesis and {found['minted']} minted")
    return found


def settle(world: World, nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Compare running nodes, stop them, and audit each with the second build. Raises: ChaosFailed."""
    heights = compare(nodes)
    world.saw("compared", f"blocks and app hashes of {heights} heights are equal on {len(nodes)} nodes")
    for node in nodes:
        node.stop()
    found = [audit(node, world.second_source) | {"node": node.child.name} for node in nodes]
    world.saw(
        "audited", f"{found[0]['invariants']} invariants hold on each of {len(nodes)} nodes; supply = genesis + minted"
    )
    by_height = {each["height"]: each["app_hash"] for each in found}
    if any(by_height[each["height"]] != each["app_hash"] for each in found):
        raise ChaosFailed(f"nodes differ: {found}")
    return found
