"""[Q16] `qos qcp deliver` between two running nodes, seven hours after the last relay: no relay ever ran here."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from qos.node.config import NetworkChain
from qos.node.home import NetworkHome
from qos.node.layout import CHAINS, NetworkPlan, lay_out
from qos.node.links import Link, has_block, read_link
from qos.node.peering import connect
from qos.testing.running_network import QOS
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
LATER = Path(__file__).parent / "later"
SEVEN_HOURS_S = 7 * 3_600
PAIR = tuple(chain for chain in CHAINS if chain.kind != "cassini")


def environment(later_s: int) -> dict[str, str]:
    if not later_s:
        return dict(os.environ)
    return os.environ | {"PYTHONPATH": str(LATER), "QOS_TEST_LATER_S": str(later_s)}


@contextmanager
def running(home: NetworkHome, *, later_s: int = 0) -> Iterator[tuple[Link, ...]]:
    """Run both chains' nodes, by their own clock, until the block is left."""
    programs: list[tuple[NetworkChain, subprocess.Popen[bytes]]] = []
    try:
        for chain in PAIR:
            folder = home.chain(chain.folder).folder
            home.chain(chain.folder).endpoints_file.unlink(missing_ok=True)
            command = (sys.executable, "-m", "qos.node.run_chain", "--home", str(folder))
            programs.append((chain, subprocess.Popen(command, env=environment(later_s))))
        yield tuple(until(partial(answering, home, *each), each[0].chain_id) for each in programs)
    finally:
        for _, program in programs:
            program.terminate()
        assert [program.wait(30) for _, program in programs] == [0] * len(programs)


def answering(home: NetworkHome, chain: NetworkChain, program: subprocess.Popen[bytes]) -> Link | None:
    link = read_link(chain, home.chain(chain.folder).endpoints_file, program.pid)
    return link if link is not None and asyncio.run(has_block(link.rpc)) else None


def qos(home: NetworkHome, *arguments: str, later_s: int = 0, code: int = 0) -> Any:
    command = (str(QOS), *arguments, "--home", str(home.folder), "--output", "json")
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, env=environment(later_s))
    assert done.returncode == code, f"{command}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout or done.stderr)


def test_anybody_with_two_nodes_delivers_what_waited_for_seven_hours(tmp_path: Path) -> None:
    home = NetworkHome(tmp_path)
    lay_out(home, NetworkPlan(port_base=0))
    with running(home) as (hub, shop):
        asyncio.run(connect(home, (hub, shop)))
        sending = ("--destination", "shop-1", "--recipient", "bob", "--amount", "5qos")
        qos(home, "tx", "qcp", "send-transfer", "--from", "alice", *sending, "--node", hub.rpc, "--wait")
        bringing = ("qcp", "deliver", "qos-1", "--from", "bob", "--node", shop.rpc, "--there", hub.rpc)
        early = until(lambda: refused(home, bringing), "the packet in a header")
        assert "without relays it passes from" in early
    with running(home, later_s=SEVEN_HOURS_S) as (hub, shop):
        bringing = ("qcp", "deliver", "qos-1", "--from", "bob", "--node", shop.rpc, "--there", hub.rpc)
        assert qos(home, *bringing, later_s=SEVEN_HOURS_S)["code"] == 0
        held = qos(home, "query", "bank", "balances", "bob", "--node", shop.rpc)["balances"]
        assert [coin["amount"] for coin in held if coin["denom"].startswith("qcp/")] == [str(5 * 10**18)]
        again = qos(home, *bringing, later_s=SEVEN_HOURS_S, code=1)
        assert "nothing waits from qos-1 to shop-1" in again["message"]


def refused(home: NetworkHome, bringing: tuple[str, ...]) -> str:
    message: str = qos(home, *bringing, code=1)["message"]
    return "" if "is not made yet" in message else message
