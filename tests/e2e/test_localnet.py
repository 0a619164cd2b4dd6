"""`qos localnet`: the whole network on CometBFT, four validators, and nodes that come late.

The cross-chain transfer of CosmJS is the one of the embedded engine's tests, on another network.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from qos.base.amounts import E18
from qos.base.strictjson import parse_json
from qos.node.comet.report import read_report
from qos.node.home import NetworkHome
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.running_network import Network, start, stop
from qos.testing.waiting import until
from tests.e2e import test_cosmjs

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
VALIDATORS = 4

test_coins_cross_on_cometbft = test_cosmjs.test_coins_cross_to_the_business_chain_and_come_back


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    engine_program()
    home = Path(tempfile.mkdtemp(prefix="qos-localnet-"))
    try:
        yield start(home, command="localnet")
    finally:
        stop(home)
        shutil.rmtree(home, ignore_errors=True)


def answer(url: str, route: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/{route}", timeout=10).json()["result"]
    return found


def url_of(network: Network, node: str) -> str:
    """Return where a further node answers, once it does."""
    file = NetworkHome(network.home).node(node).endpoints_file
    until(file.exists, f"the edges of {node}")
    content = parse_json(file.read_bytes())
    assert isinstance(content, dict)
    return str(content["rpc"])


def app_hash(url: str, height: int) -> str:
    return str(answer(url, f"header?height={height}")["header"]["app_hash"])


def height_of(url: str) -> int:
    return int(answer(url, "status")["sync_info"]["latest_block_height"])


def oldest(url: str) -> int:
    return int(answer(url, "status")["sync_info"]["earliest_block_height"])


def at_the_tip(network: Network, node: str) -> str:
    """Return where a node answers, once it has the blocks there are now.

    An engine that knows no peer's height yet takes itself for caught up with no block at all.
    """
    height = height_of(network.rpc["public"])
    url = url_of(network, node)
    until(lambda: height_of(url) >= height, f"{node} at the tip", 120)
    return url


def test_four_validators_make_the_blocks_of_the_public_chain(network: Network) -> None:
    public = network.rpc["public"]
    height = height_of(public)
    assert len(answer(public, f"validators?height={height}")["validators"]) == VALIDATORS
    assert len(answer(public, "net_info")["peers"]) == VALIDATORS - 1
    others = [url_of(network, f"public-{number}") for number in range(1, VALIDATORS)]
    until(lambda: min(height_of(url) for url in others) > height, "the same blocks on every node")
    assert {app_hash(url, height) for url in others} == {app_hash(public, height)}


@contextmanager
def standing_still(network: Network, node: str) -> Iterator[None]:
    """Pause all programs of a node: whoever asks it waits."""
    report = read_report(NetworkHome(network.home).node(node))
    assert report is not None
    pids = (report.pid, report.app, report.engine, report.edges)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_packets_cross_while_the_node_of_one_relay_stands_still(network: Network) -> None:
    """Each relay looks through a node of its own: the other three are more than two thirds (Q10)."""
    command = ("tx", "qcp", "send-transfer", "--from", "carol", "--recipient", "carol", "--destination", "shop-1")

    def held() -> list[int]:
        found = network.qos("query", "bank", "balances", "carol", "--chain", "shop-1")["balances"]
        return [int(coin["amount"]) for coin in found if coin["denom"].startswith("qcp/")]

    with standing_still(network, "public-1"):
        assert network.qos(*command, "--amount", "7qos", "--wait")["code"] == 0
        until(lambda: 7 * E18 in held(), "the packet", 240)


def test_a_fifth_node_begins_with_a_snapshot_and_a_sixth_with_block_one(network: Network) -> None:
    network.qos("localnet", "join", "fifth", "--state-sync")
    network.qos("localnet", "join", "sixth")
    public = network.rpc["public"]
    fifth, sixth = at_the_tip(network, "fifth"), at_the_tip(network, "sixth")
    for url in (fifth, sixth):
        height = min(height_of(url), height_of(public))
        assert app_hash(url, height) == app_hash(public, height)
    assert oldest(fifth) > 1
    assert oldest(sixth) == 1
    status = network.qos("status")
    assert [each["name"] for each in status["nodes"]] == ["public-1", "public-2", "public-3", "fifth", "sixth"]
