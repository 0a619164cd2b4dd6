"""CosmJS's part in a life: stake, rewards, proposals and votes by the script the end-to-end tests run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qos.base.amounts import E18
from qos.testing.running_network import node_script
from tools.chaos.nets import ChaosFailed
from tools.life.world import World

FOLDER = Path(__file__).parents[2] / "tests" / "e2e" / "clients" / "cosmjs"
MODULES = FOLDER / "node_modules"
FIRST = ("read", "delegate", "delegateAmino", "undelegate", "redelegate", "rewards", "propose")
VOTE = ("vote",)
LATER = ("read", "delegate", "rewards")


def run(world: World, steps: tuple[str, ...]) -> None:
    """Run steps of the script as alice. Raises: ChaosFailed when a transaction was refused."""
    argument = {
        "rpc": world.url,
        "mnemonic": world.people.phrase,
        "gasPrice": "30000000000aqos",
        "denom": "aqos",
        "deposit": str(1_000 * E18),
        "steps": steps,
    }
    said = node_script(FOLDER, "stake.mjs", argument)
    sent = [each for line in said for each in _sent(line)]
    refused = [each for each in sent if each["code"]]
    if refused or len(said) != len(steps):
        raise ChaosFailed(f"CosmJS was refused: {refused}")
    world.saw("CosmJS", f"{', '.join(steps)}: {len(sent)} transactions")


def _sent(line: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results of the transactions of a step, under whatever name it tells them."""
    found = [each for value in line.values() for each in (value if isinstance(value, list) else [value])]
    return [each for each in found if isinstance(each, dict) and {"code", "log"} <= each.keys()]
