"""Damaging a stopped node's files, one at a time, from the same whole copy."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tools.chaos.group_faults import Outcome
from tools.chaos.history import History
from tools.chaos.nets import ChaosFailed, Node, until

ROUNDS = 12
FLIPS = 5
WAIT_S = 20


def damage_files(node: Node, chance: random.Random, say: Callable[[str], None]) -> Outcome:
    """Flip bytes in and truncate files of both stores in turn, and see what the node makes of each."""
    history = History()
    history.compare(node)
    node.stop()
    data, copy = node.home.state_folder.parent, node.home.folder / "copy"
    shutil.copytree(data, copy)
    signed = node.home.comet_sign_state_file.read_bytes()
    ends: Counter[str] = Counter()
    for number in range(ROUNDS):
        shutil.rmtree(data)
        shutil.copytree(copy, data)
        # The network never saw what the last round signed: without this the node could not sign those heights again.
        node.home.comet_sign_state_file.write_bytes(signed)
        file = _chosen(data, number, chance)
        what = _flip(file, chance) if number % 3 else _truncate(file, chance)
        how = _outcome(node, history)
        ends[how] += 1
        say(f"damage {number + 1} of {ROUNDS}: {what} {file.relative_to(data)}: {how}")
    return Outcome(
        name="damaged database files",
        rounds=ROUNDS,
        seen=", ".join(f"{count} {how}" for how, count in sorted(ends.items())),
    )


def _chosen(data: Path, number: int, chance: random.Random) -> Path:
    """Return a file that holds something: our state every other time, else one of the engine's."""
    if number % 2 == 0:
        return data / "state" / "data.mdb"
    return chance.choice(
        sorted(file for file in (data / "engine").rglob("*") if file.is_file() and file.stat().st_size)
    )


def _flip(file: Path, chance: random.Random) -> str:
    content = bytearray(file.read_bytes())
    filled = [at for at, byte in enumerate(content) if byte] or [0]
    for _ in range(FLIPS):
        content[chance.choice(filled)] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    return f"{FLIPS} bits flipped in"


def _truncate(file: Path, chance: random.Random) -> str:
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.truncate(chance.randrange(size))
    return "truncated"


def _outcome(node: Node, history: History) -> str:
    """Start the node on the damaged files; returns what it did. Raises: ChaosFailed when the chain is another one."""
    before = history.height
    node.start()
    try:
        until(lambda: node.has_ended or node.height() > before, "an end or a block", WAIT_S)
    except ChaosFailed:
        node.kill()
        return "made no block"
    if node.has_ended:
        return "refused" if node.child.exit_code else "ended"
    # Later rounds begin with the same copy and may decide other blocks above it.
    history.only_up_to(before).compare(node)
    node.kill()
    return "went on"
