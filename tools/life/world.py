"""What the deeds of a life share: nodes, people, both builds of the software, and the report."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from qos.node.children import Programs
from qos.testing import second_build
from qos.wallet.io.devkeys import DevKeys
from tools.chaos.nets import Node, until
from tools.life.founding import found

DEADLINE_S = 900
"""For anything to come: blocks take their time on a busy host."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line of the report."""

    deed: str
    height: int
    at_s: float
    said: str


@dataclass(slots=True, kw_only=True)
class World:
    """A running network. `nodes` are those that run or may be started, by number."""

    folder: Path
    people: DevKeys
    first: Programs
    second: Programs
    second_source: Path
    crash: Path
    """While this file is there the second build kills itself in the migration, and removes it."""

    nodes: list[Node]
    say: Callable[[str], None]
    ratio: int
    began_s: float = field(default_factory=time.monotonic)
    report: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the first node's public port is, which never loses its seat."""
        return self.nodes[0].url

    @property
    def height(self) -> int:
        """The first node's newest block."""
        return self.nodes[0].height()

    def saw(self, deed: str, said: str) -> None:
        """Put a line into the report and tell it."""
        # The first node is down while it changes its software.
        height = max(self.height, self.report[-1].height if self.report else 0)
        seen = Seen(deed=deed, height=height, at_s=round(time.monotonic() - self.began_s, 1), said=said)
        self.report.append(seen)
        self.say(f"{seen.at_s:6.1f} s  block {seen.height:>4}  {deed}: {said}")

    def owner(self, number: int) -> str:
        """Return the name of the account that owns a validator."""
        return f"validator-{number}"

    def start(self, number: int, programs: Programs) -> Node:
        """Start a validator's node with one of the builds."""
        node = Node(number, self.nodes[number].home, programs)
        self.nodes[number] = node
        node.start()
        return node

    def rise(self, nodes: Sequence[Node], by: int) -> None:
        """Wait until these nodes are so many blocks above their tip."""
        goal = max(node.height() for node in nodes) + by
        wait(lambda: min(node.height() for node in nodes) >= goal, f"block {goal} on every node")

    def close(self) -> None:
        """End everything."""
        self.first.close()
        self.second.close()


def begin(folder: Path, people: DevKeys, ratio: int, say: Callable[[str], None]) -> World:
    """Found the chain, start its nodes and wait for blocks. Raises: ChaosFailed."""
    founded = found(folder / "net", people, ratio)
    source = second_build.build(folder / "second")
    crash = folder / "crash"
    first, second = Programs(), _programs_of({"PYTHONPATH": str(source), second_build.CRASH: str(crash)})
    nodes = [Node(number, home, first) for number, home in enumerate(founded.homes)]
    world = World(
        folder=folder,
        people=people,
        first=first,
        second=second,
        second_source=source,
        crash=crash,
        nodes=nodes,
        say=say,
        ratio=ratio,
    )
    try:
        for node in nodes:
            node.start()
        wait(lambda: min(node.height() for node in nodes) >= 3, "the first blocks")
    except BaseException:
        world.close()
        raise
    return world


def _programs_of(environment: Mapping[str, str]) -> Programs:
    """Return what starts programs with additions to our environment: another source tree is found before ours."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        return Programs()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def wait(condition: Callable[[], T | None], what: str) -> T:
    """Return what a condition gives once it is true. Raises: ChaosFailed after a long time."""
    return until(condition, what, DEADLINE_S)
