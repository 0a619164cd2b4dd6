"""Faults of a group of four validators under load."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tools.chaos.checks import AT_TIP_S, Ledger
from tools.chaos.nets import ChaosFailed, Net, Node, until

PAUSE_S = 10
PARTED_S = 20
QUORUM_LOST_S = 8
RESUME_S = 30


@dataclass(slots=True)
class World:
    """What a fault is done to, and what is known of it."""

    net: Net
    ledger: Ledger
    random: random.Random
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a fault went: how often it was done, how long the way back took each time, and what else was seen."""

    name: str
    rounds: int
    back_s: tuple[float, ...] = ()
    seen: str = ""


def kill_one(world: World, rounds: int) -> Outcome:
    """Kill one of four with all its processes; the others go on, and it is at the tip again in time."""
    back: list[float] = []
    for number in range(rounds):
        node = world.random.choice(world.net.nodes)
        others = [each for each in world.net.nodes if each is not node]
        node.kill()
        time.sleep(world.random.uniform(0, 2))
        began = time.monotonic()
        node.start()
        _back_at_tip(node, others)
        back.append(round(time.monotonic() - began, 2))
        world.say(f"kill {number + 1} of {rounds}: node {node.number} back after {back[-1]} s")
        world.ledger.compare()
    return Outcome(name="kill -9 of one of four", rounds=rounds, back_s=tuple(back))


def _back_at_tip(node: Node, others: list[Node]) -> None:
    """Wait until the node is at most one block behind the others. Raises: ChaosFailed after the deadline."""
    until(
        lambda: node.height() >= max(other.height() for other in others) - 1,
        f"node {node.number} at the tip",
        4 * AT_TIP_S,
    )


def two_down(world: World) -> Outcome:
    """Take two of four away: no block comes; with them come blocks again."""
    gone = world.random.sample(world.net.nodes, 2)
    left = [node for node in world.net.nodes if node not in gone]
    for node in gone:
        node.kill()
    made = _stand_still(world.net, left, QUORUM_LOST_S)
    began = time.monotonic()
    for node in gone:
        node.start()
    world.net.rise(world.net.nodes, 2, 2 * RESUME_S)
    took = round(time.monotonic() - began, 2)
    return Outcome(name="two of four down and back", rounds=1, back_s=(took,), seen=f"{made} blocks without quorum")


def _stand_still(net: Net, left: list[Node], for_s: int) -> int:
    """Watch nodes without a quorum; returns how many blocks came. Raises: ChaosFailed when any did."""
    # A block that was decided when the others went may still come.
    time.sleep(2)
    before = net.tip(left)
    time.sleep(for_s)
    made = net.tip(left) - before
    if made:
        raise ChaosFailed(f"{made} blocks came without a quorum")
    return made


def pause(world: World) -> Outcome:
    """Stop every process of one node with a signal, and let it go on."""
    node = world.random.choice(world.net.nodes)
    others = [each for each in world.net.nodes if each is not node]
    node.signal(signal.SIGSTOP)
    world.net.rise(others, 3)
    time.sleep(PAUSE_S)
    node.signal(signal.SIGCONT)
    began = time.monotonic()
    _back_at_tip(node, others)
    took = round(time.monotonic() - began, 2)
    return Outcome(name=f"pause of {PAUSE_S} s", rounds=1, back_s=(took,))


def partition(world: World) -> Outcome:
    """Cut two nodes from the other two: nobody makes a block, nobody forks, and together they go on."""
    ones = {node.number for node in world.random.sample(world.net.nodes, 2)}
    world.net.proxies.cut(lambda here, there: (here in ones) != (there in ones))
    made = _stand_still(world.net, world.net.nodes, PARTED_S)
    world.net.proxies.heal()
    began = time.monotonic()
    world.net.rise(world.net.nodes, 2, 2 * RESUME_S)
    took = round(time.monotonic() - began, 2)
    return Outcome(name=f"partition 2+2 for {PARTED_S} s", rounds=1, back_s=(took,), seen=f"{made} blocks meanwhile")
