"""The application under the real engine: blocks, kill -9 of either, every replay of the handshake, a clean end."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qos.store.io.lmdb import CRASH_POINTS
from qos.testing.chain import ALICE, BOB, CHAIN_ID
from qos.testing.comet_node import CometNode
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.transactions import GAS_PRICE, Signer, send, transaction
from qos.testing.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(BUILD_TIMEOUT_S)]
LONG = pytest.mark.long
SHORT = (3,)
"""Amid the writes of a commit."""


def transfer(sequence: int, *, price: int = GAS_PRICE) -> bytes:
    signer = Signer(key=ALICE, number=0, sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(ALICE.address, BOB.address, 1), price=price)


class Chain:
    """A running node and what was handed in, in order of sequence."""

    def __init__(self, node: CometNode) -> None:
        self.node = node
        self.sent: list[bytes] = []
        self._found: list[bytes] = []
        self._checked = 0

    def send(self, count: int) -> None:
        """Hand in transfers, several waiting of one sender, and wait until they are in blocks."""
        for _ in range(count):
            self.sent.append(transfer(len(self.sent)))
            answer = self.node.broadcast(self.sent[-1])
            assert answer["code"] == 0, answer
        until(lambda: self.node.call("num_unconfirmed_txs")["total"] == "0", "empty mempool")

    def check(self) -> None:
        """Each transfer is in one block, in order; the engine itself compares every app hash with its headers."""
        height = self.node.height
        for at in range(self._checked + 1, height + 1):
            self._found += self.node.txs_of(at)
        self._checked = height
        assert self._found == self.sent


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    lenient = (("addr_book_strict", "false"), ("allow_duplicate_ip", "true"))
    folder = tmp_path_factory.mktemp("comet")
    node = CometNode(engine_program(), folder, block_ms=100, every_blocks=50, settings=lenient)
    try:
        node.start()
        node.until_height(2)
        yield Chain(node)
    finally:
        node.close()


def restarted(chain: Chain) -> None:
    """Start both again and see that nothing was lost or doubled and that blocks go on."""
    node = chain.node
    node.start()
    chain.send(2)
    node.until_height(node.height + 1)
    chain.check()


def test_a_sender_with_several_waiting_gets_them_all_in_order(chain: Chain) -> None:
    chain.send(16)
    chain.check()


def test_a_clean_end_is_followed_by_blocks_over_another_kind_of_socket(chain: Chain, tmp_path: Path) -> None:
    node = chain.node
    node.stop()
    assert node.app is not None
    assert node.app.returncode == 0
    node.start_engine(node.start_app("--abci", f"unix://{tmp_path}/abci.sock"))
    node.until_answers()
    chain.send(3)
    chain.check()
    node.stop()
    restarted(chain)


@pytest.mark.parametrize("victim", ["app", "engine"])
def test_kill_9_of_either_loses_nothing(chain: Chain, victim: str) -> None:
    chain.send(1)
    node = chain.node
    node.kill(node.app if victim == "app" else node.engine)
    if victim == "app":  # an engine whose application is gone ends by itself
        assert node.engine is not None
        until(lambda: node.engine is not None and node.engine.poll() is not None, "end of the engine")
    else:
        address = str(json.loads(node.home.app_file.read_text())["abci"])
        node.start_engine(address)
        node.until_answers()
        chain.send(1)
    node.stop()
    restarted(chain)


@pytest.mark.parametrize("point", [pytest.param(each, marks=() if each in SHORT else LONG) for each in CRASH_POINTS])
def test_a_crash_at_any_point_of_a_commit_loses_nothing(chain: Chain, point: int) -> None:
    node = chain.node
    node.stop()
    program = ("-m", "qos.testing.crash_app")
    node.start_engine(node.start_app("--point", str(point), program=program))
    assert node.app is not None
    assert node.app.wait(60) == -signal.SIGKILL
    node.kill(node.engine)
    restarted(chain)


def test_an_engine_replays_all_blocks_some_blocks_or_one(chain: Chain, tmp_path: Path) -> None:
    node = chain.node
    node.stop()
    shutil.copytree(node.home.state_folder, tmp_path / "older")
    older = node.home.state_folder
    restarted(chain)
    node.stop()
    for replayed in ("some", "all"):
        shutil.rmtree(older)
        if replayed == "some":
            shutil.copytree(tmp_path / "older", older)
        node.start()
        chain.check()
        node.stop()
    restarted(chain)


def test_the_application_tells_its_figures(chain: Chain) -> None:
    node = chain.node
    pages = json.loads(node.home.app_file.read_text())["metrics"]
    status = httpx.get(f"{pages}/status").json()
    assert (status["chain_id"], status["height"] > 0) == (CHAIN_ID, True)
    metrics = httpx.get(f"{pages}/metrics").text
    assert 'qos_node_stage_cpu_seconds_total{stage="execute"}' in metrics
    assert "qos_node_mempool_transactions 0.0" in metrics


def test_a_late_node_takes_the_state_of_another_one_and_follows(chain: Chain, tmp_path: Path) -> None:
    node = chain.node
    until(lambda: any(node.home.snapshots_folder.glob("[0-9]*/manifest.json")), "snapshot")
    # The light client wants the two headers behind a snapshot's.
    node.until_height(node.height + 3)
    lenient = (("addr_book_strict", "false"), ("allow_duplicate_ip", "true"))
    late = CometNode(node.program, tmp_path, block_ms=100, settings=lenient)
    try:
        late.follow(node)
        late.start()
        chain.send(1)
        late.until_height(node.height)
        assert int(late.call("status")["sync_info"]["earliest_block_height"]) > 1
        height = late.height
        assert late.header_hashes(height, height) == node.header_hashes(height, height)
        assert '"event": "restored"' in late.home.app_log_file.read_text()
    finally:
        late.close()
