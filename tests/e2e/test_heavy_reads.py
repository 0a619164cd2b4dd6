"""Heavy reads run in processes of their own: found there, bounded in time and number, gone when nobody asks."""

import json
import os
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from qos.chains.public import PUBLIC
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo
from qos.machine.errors import KeyNotFound
from qos.machine.machine import Machine
from qos.rpc.comet import jobs
from qos.rpc.comet.node import MATCHES_HERE
from qos.rpc.worker import TooLarge
from qos.rpc.workers import PoolLimits, TookTooLong, WorkerFailed, WorkerPool, WorkersBusy
from qos.store.budget import BudgetSpent
from qos.store.errors import UnknownVersion
from qos.store.io.lmdb import open_store
from qos.store.multistore import MultiStore
from qos.testing.chain import CHAIN_ID, VirtualChain, genesis_document
from qos.testing.served_engine import open_engine, serving
from qos.testing.waiting import is_running, until
from tests.e2e import reader_program

pytestmark = pytest.mark.e2e
PROGRAM = ("-m", "tests.e2e.reader_program")
ACCOUNTS = "/cosmos.auth.v1beta1.Query/Accounts"


def with_state(place: Path) -> MultiStore:
    """Make the state of a chain with one block."""
    store = open_store(place / "state", PUBLIC.stores)
    machine = Machine(PUBLIC, store)
    machine.init_chain(json.dumps(genesis_document()).encode())
    machine.finalize_block(BlockRequest(block=BlockInfo(chain_id=CHAIN_ID, height=1, time_ns=0), txs=()))
    machine.commit()
    return store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("reads")
    store = with_state(place)
    blocks = LmdbBlockStore(place / "blocks")
    yield place
    blocks.close()
    store.close()


def pool(folder: Path, *, idle_s: int = 60, **limits: int) -> WorkerPool:
    return WorkerPool((sys.executable, *PROGRAM, str(folder), str(idle_s)), PoolLimits(**limits))


def run(work: Callable[[WorkerPool], Awaitable[Any]], workers: WorkerPool) -> Any:
    async def closing() -> Any:
        try:
            return await work(workers)
        finally:
            await workers.close()

    return anyio.run(closing)


def test_a_job_reads_what_the_node_committed_and_returns(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        assert await workers.ask(reader_program.answer, 41) == 42
        assert await workers.ask(reader_program.heights) == (1, 0)
        assert await workers.ask(reader_program.process) == await workers.ask(reader_program.process) != os.getpid()

    run(work, pool(folder))


def test_an_error_of_the_job_is_raised_here_and_the_process_lives(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        before = await workers.ask(reader_program.process)
        with pytest.raises(KeyNotFound, match="there is nothing"):
            await workers.ask(reader_program.refuse)
        with pytest.raises(UnknownVersion) as caught:
            await workers.ask(reader_program.read_far)
        assert (caught.value.version, caught.value.latest) == (999, 1)
        with pytest.raises(TooLarge, match="MiB"):
            await workers.ask(reader_program.take_memory)
        assert await workers.ask(reader_program.process) == before

    run(work, pool(folder))


def test_a_job_that_takes_too_long_is_ended_and_others_go_on(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        before = await workers.ask(reader_program.process)
        with pytest.raises(TookTooLong, match="3000 ms"):
            await workers.ask(reader_program.sleep, 60)
        assert not is_running(before)
        assert await workers.ask(reader_program.answer, 1) == 2

    run(work, pool(folder, time_ms=3_000))


def test_a_process_that_dies_is_told_and_replaced(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        with pytest.raises(WorkerFailed):
            await workers.ask(reader_program.die)
        assert await workers.ask(reader_program.answer, 1) == 2

    run(work, pool(folder))


def test_more_than_may_wait_are_refused_at_once(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        await workers.ask(reader_program.answer, 1)
        refusals: list[str] = []

        async def ask() -> None:
            try:
                await workers.ask(reader_program.sleep, 1)
            except WorkersBusy as error:
                refusals.append(str(error))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask)
        assert len(refusals) == 2
        assert await workers.ask(reader_program.answer, 1) == 2

    run(work, pool(folder, waiting=2))


def test_a_process_nobody_asks_ends_and_the_next_job_starts_another(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        before = await workers.ask(reader_program.process)
        await anyio.to_thread.run_sync(until, lambda: not is_running(before), "the end of the process")
        assert await workers.ask(reader_program.process) != before

    run(work, pool(folder, idle_s=1))


def test_who_gives_up_ends_the_job_it_asked_for(folder: Path) -> None:
    async def work(workers: WorkerPool) -> None:
        before = await workers.ask(reader_program.process)
        with anyio.move_on_after(0.2):
            await workers.ask(reader_program.sleep, 60)
        assert not is_running(before)
        assert await workers.ask(reader_program.answer, 1) == 2

    run(work, pool(folder))


def test_a_query_over_its_budget_is_handed_on_with_its_height(folder: Path) -> None:
    chain = VirtualChain()
    bounded = Machine(PUBLIC, chain.machine.store, query_reads=1)
    with pytest.raises(BudgetSpent) as caught:
        bounded.query(ACCOUNTS, b"", 0, prove=False)

    async def work(workers: WorkerPool) -> None:
        there = await workers.ask(jobs.query, ACCOUNTS, b"", caught.value.height)
        assert there.code == 0
        assert there == Machine(PUBLIC, chain.machine.store).query(ACCOUNTS, b"", caught.value.height, prove=False)

    run(work, pool(folder))


def test_a_search_with_many_matches_is_answered_by_a_reader_while_blocks_go_on(tmp_path: Path) -> None:
    with_state(tmp_path).close()
    engine = open_engine(tmp_path)
    matches = MATCHES_HERE + 100
    with serving(engine, pool(tmp_path)) as node:
        node.submit([b"from:bob:k%d=v" % number for number in range(matches)])
        node.call("broadcast_tx_commit", tx=b64encode(b"last=1").decode())
        asked = {"query": "app.sender='bob'", "per_page": "100", "page": "2", "order_by": "desc"}
        found = node.call("tx_search", **asked)["result"]
        assert (found["total_count"], len(found["txs"])) == (str(matches), 100)
        places = [(int(each["height"]), each["index"]) for each in found["txs"]]
        assert places == sorted(places, reverse=True)
        assert node.call("tx_search", query="tx.height > 0")["result"]["total_count"] == str(matches + 1)
        beyond = node.call("tx_search", query="app.sender='bob'", page="99")["error"]
        assert "page should be within [1, 20] range" in beyond["data"]
        blocks = node.call("block_search", query="block.parity='1'")["result"]
        assert int(blocks["total_count"]) > 0
        assert node.call("broadcast_tx_commit", tx=b64encode(b"more=1").decode())["result"]["height"]


def test_a_reader_follows_the_node_when_what_it_started_with_is_pruned(tmp_path: Path) -> None:
    store = with_state(tmp_path)
    LmdbBlockStore(tmp_path / "blocks").close()
    store.close()
    store = open_store(tmp_path / "state", PUBLIC.stores, keep_versions=2)
    machine = Machine(PUBLIC, store)

    async def work(workers: WorkerPool) -> None:
        assert (await workers.ask(jobs.query, ACCOUNTS, b"", 1)).code == 0
        for height in range(2, 8):
            machine.finalize_block(BlockRequest(block=BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=0), txs=()))
            machine.commit()
        answer = await workers.ask(jobs.query, ACCOUNTS, b"", 7)
        assert (answer.code, answer.height) == (0, 7)
        pruned = await workers.ask(jobs.query, ACCOUNTS, b"", 1)
        assert "invalid height" in pruned.log

    run(work, pool(tmp_path))
    store.close()
