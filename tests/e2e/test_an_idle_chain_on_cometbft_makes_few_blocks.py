"""Where blocks come without a pause, a chain that writes something with each of them rests all the same (ADR 0041)."""

import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from qos.base.blocktime import SECOND_NS, parse_rfc3339
from qos.testing.chain import ALICE, BOB, CHAIN_ID
from qos.testing.comet_node import CometNode
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.transactions import Signer, send, transaction
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
HEARTBEAT_MS = 1_000
ALMOST_NS = 9 * SECOND_NS // 10
"""Block times are those of the votes for the block before, by a clock of their own."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[CometNode]:
    node = CometNode(engine_program(), tmp_path, block_ms=0, heartbeat_ms=HEARTBEAT_MS)
    try:
        node.start()
        yield node
    finally:
        node.close()


def header(node: CometNode, height: int) -> dict[str, str]:
    found: dict[str, str] = node.call("header", height=str(height))["header"]
    return found


def test_an_idle_chain_rests_between_blocks_and_behind_the_proof_of_a_transaction(node: CometNode) -> None:
    node.until_height(5)
    times = [parse_rfc3339(header(node, height)["time"]) for height in (3, 4, 5)]
    assert all(later - earlier >= ALMOST_NS for earlier, later in pairwise(times))
    hashes = node.header_hashes(3, 5)
    assert len(set(hashes.values())) == 3, "each block writes something, or the engine would rest by itself"
    tx = transaction(CHAIN_ID, (Signer(key=ALICE, number=0, sequence=0),), send(ALICE.address, BOB.address, 1))
    answer = node.broadcast(tx)
    assert answer["code"] == 0
    height = int(until(lambda: node.find("tx_search", query=f"tx.hash='{answer['hash']}'")["txs"], "tx")[0]["height"])
    node.until_height(height + 3)
    proven, rested = (parse_rfc3339(header(node, each)["time"]) for each in (height + 2, height + 3))
    assert rested - proven >= ALMOST_NS
    for process in (node.engine, node.app):
        assert node.kill(process, signal.SIGTERM) == 0
