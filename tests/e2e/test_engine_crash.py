"""A node killed with SIGKILL, at numbered points and at random moments, goes on with the chain it had."""

import os
import random
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from qos.chains.public import PUBLIC
from qos.engine.embedded.handshake import handshake
from qos.machine.machine import Machine
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.crash_node import POINTS, Node, transfer
from qos.testing.memory_blocks import MemorySignState

pytestmark = pytest.mark.e2e
ROUNDS = 50 if os.environ.get("QOS_LONG") == "1" else 5


def start(folder: Path, point: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "qos.testing.crash_node", str(folder), point]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def assert_whole(folder: Path, printed: int) -> int:
    """Reopen and check the chain against an independent replay; returns its height."""
    node = Node(folder, lambda point: None)
    try:
        height, blocks = node.producer.state.height, node.blocks
        assert height >= printed
        assert node.state.version == blocks.height() == height
        for below, above in pairwise(range(1, height + 1)):
            assert blocks.meta(above).header.last_block_id == blocks.meta(below).block_id
        assert [blocks.block(at).data.txs for at in range(1, height + 1)] == [(transfer(at),) for at in range(height)]
        assert all(blocks.tx_result(at, 0).code == 0 for at in range(1, height + 1))
        fresh = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
        replayed = handshake(fresh, blocks, node.producer.genesis, MemorySignState())
        assert replayed.app_hash == node.state.app_hash == node.producer.state.app_hash
        assert node.produce() == height + 1
        return height
    finally:
        node.close()


@pytest.mark.parametrize("point", POINTS)
def test_a_node_killed_at_a_numbered_point_loses_nothing(tmp_path: Path, point: str) -> None:
    process = start(tmp_path, point)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    printed = len(output.split())
    kept = assert_whole(tmp_path, printed)
    assert printed == 4
    assert kept == (4 if point == "before-append" else 5)


def test_a_node_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    moments = random.Random(7)
    last = 0
    for _ in range(ROUNDS):
        process = start(tmp_path, "never")
        assert process.stdout is not None
        for _ in range(moments.randint(1, 20)):
            last = int(process.stdout.readline())
        process.kill()
        rest, _ = process.communicate(timeout=60)
        last = max([last, *map(int, rest.split())])
        last = assert_whole(tmp_path, last)
