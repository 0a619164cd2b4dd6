"""A long read by gRPC or REST is done by a reader process: it is whole, it is bounded, and no block waits for it."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import grpc
import grpc.aio
import httpx
import pytest

from qos.chains.public import PUBLIC
from qos.machine.machine import Machine
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import QueryBalanceRequest
from qos.rpc.grpc.server import Server
from qos.rpc.rest.app import create_rest
from qos.rpc.workers import PoolLimits, WorkerPool
from qos.store.io.lmdb import open_store
from qos.testing.chain import BOB
from qos.testing.edge_world import EdgeWorld, edge_world
from tests.e2e import reader_program

pytestmark = pytest.mark.e2e
Channel: TypeAlias = Any
PROGRAM = ("-m", "tests.e2e.reader_program")
ACCOUNTS, ACCOUNTS_PATH = "/cosmos.auth.v1beta1.Query/Accounts", "/cosmos/auth/v1beta1/accounts"
BALANCE = "/cosmos.bank.v1beta1.Query/Balance"
READS_HERE = 4
"""The list of accounts takes more."""


@contextmanager
def bounded_world(folder: Path, **limits: int) -> Iterator[tuple[EdgeWorld, WorkerPool]]:
    """Open a chain on disk whose edges do few reads themselves."""
    store = open_store(folder / "state", PUBLIC.stores, keep_versions=10_000)
    workers = WorkerPool((sys.executable, *PROGRAM, str(folder), "60"), PoolLimits(**limits))
    with edge_world(folder, store, query_reads=READS_HERE, workers=workers) as world:
        yield world, workers
    store.close()


def run(world: EdgeWorld, workers: WorkerPool, use: Callable[[Channel, httpx.AsyncClient], Awaitable[None]]) -> None:
    """Serve both edges on one loop while something uses them."""

    async def work() -> None:
        server = Server(world.services)
        port = server.listen("127.0.0.1", 0)
        rest = httpx.AsyncClient(transport=httpx.ASGITransport(create_rest(world.services)), base_url="http://node")
        async with anyio.create_task_group() as tasks, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel, rest:
            tasks.start_soon(server.serve)
            with anyio.fail_after(30):
                await use(channel, rest)
            tasks.cancel_scope.cancel()
        await workers.close()

    anyio.run(work)


def test_a_list_over_the_bound_is_whole_through_both_edges(tmp_path: Path) -> None:
    with bounded_world(tmp_path) as (world, workers):
        machine = world.engine.application
        assert isinstance(machine, Machine)
        unbounded = Machine(PUBLIC, machine.store)
        expected = unbounded.query(ACCOUNTS, b"", 0, prove=False)

        async def use(channel: Channel, rest: httpx.AsyncClient) -> None:
            assert await channel.unary_unary(ACCOUNTS)(b"") == expected.value
            answer = await rest.get(ACCOUNTS_PATH)
            assert answer.status_code == 200
            assert len(answer.json()["accounts"]) > READS_HERE
            assert await workers.ask(reader_program.heights) == (1, world.engine.height)

        run(world, workers, use)


def test_blocks_and_short_reads_go_on_while_a_long_one_waits(tmp_path: Path) -> None:
    with bounded_world(tmp_path) as (world, workers):
        asked = codec.encode(QueryBalanceRequest(address=BOB.address, denom="aqos"))

        async def use(channel: Channel, rest: httpx.AsyncClient) -> None:
            answered = anyio.Event()

            async def ask() -> None:
                assert await channel.unary_unary(ACCOUNTS)(b"")
                answered.set()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(workers.ask, reader_program.sleep, 2)
                tasks.start_soon(ask)
                tasks.start_soon(world.engine.run)
                before = world.engine.height
                while world.engine.height < before + 10:
                    assert await channel.unary_unary(BALANCE)(asked)
                assert not answered.is_set(), "the reader is busy for 2 s"
                await answered.wait()
                tasks.cancel_scope.cancel()

        run(world, workers, use)


def test_what_finds_no_place_is_told_so_through_both_edges(tmp_path: Path) -> None:
    with bounded_world(tmp_path, waiting=1) as (world, workers):

        async def use(channel: Channel, rest: httpx.AsyncClient) -> None:
            async with anyio.create_task_group() as tasks:
                for _ in range(2):
                    tasks.start_soon(workers.ask, reader_program.sleep, 20)
                await anyio.lowlevel.checkpoint()
                with pytest.raises(grpc.aio.AioRpcError) as busy:
                    await channel.unary_unary(ACCOUNTS)(b"")
                assert busy.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                assert (await rest.get(ACCOUNTS_PATH)).status_code == 429
                tasks.cancel_scope.cancel()

        run(world, workers, use)


def test_what_takes_too_long_is_ended_through_both_edges(tmp_path: Path) -> None:
    with bounded_world(tmp_path, time_ms=1) as (world, workers):

        async def use(channel: Channel, rest: httpx.AsyncClient) -> None:
            with pytest.raises(grpc.aio.AioRpcError) as late:
                await channel.unary_unary(ACCOUNTS)(b"")
            assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            assert (await rest.get(ACCOUNTS_PATH)).status_code == 504

        run(world, workers, use)


def test_a_node_without_readers_refuses_what_is_over_its_bound(tmp_path: Path) -> None:
    with edge_world(tmp_path, query_reads=READS_HERE) as world:

        async def use(channel: Channel, rest: httpx.AsyncClient) -> None:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await channel.unary_unary(ACCOUNTS)(b"")
            assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert "smaller page" in str(refused.value.details())

        run(world, WorkerPool((sys.executable,), PoolLimits()), use)
