"""Reads that may be long: done here within a bound, else by a reader process, so that no block waits for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, TypeVar

from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.engine.embedded.search import MAX_MATCHES, Position, TooManyMatches, search_transactions
from qos.engine.query_language import BadQuery, parse_query
from qos.machine import simulation
from qos.machine.abci import QueryResult
from qos.rpc.comet import jobs
from qos.rpc.comet.node import MATCHES_HERE
from qos.rpc.reads import Reads
from qos.rpc.services.node import ServiceNode
from qos.rpc.services.status import CallRefused, Status
from qos.rpc.worker import TooLarge
from qos.rpc.workers import TookTooLong, WorkerFailed, WorkerPool, WorkersBusy
from qos.store.budget import BudgetSpent

P = ParamSpec("P")
R = TypeVar("R")
_STATUS: Final[dict[type[Exception], Status]] = {
    WorkersBusy: Status.RESOURCE_EXHAUSTED,
    TookTooLong: Status.DEADLINE_EXCEEDED,
    WorkerFailed: Status.UNAVAILABLE,
    TooLarge: Status.RESOURCE_EXHAUSTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to search for, and which part of what is found."""

    query: str
    start: int
    limit: int
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where the transactions of one page stand, and how many there are in all."""

    positions: tuple[Position, ...]
    total: int


async def query(node: ServiceNode, path: str, data: bytes, height: int, *, prove: bool = False) -> QueryResult:
    """Answer a query of the application; a simulation runs where blocks do. Raises: CallRefused."""
    try:
        if path == simulation.PATH:
            return await node.on_engine(_simulate(node, data))
        return node.engine.application.query(path, data, height, prove=prove)
    except BudgetSpent as spent:
        if node.workers is None:
            raise CallRefused(Status.RESOURCE_EXHAUSTED, str(spent)) from None
        at = spent.height
    return await node.on_engine(_asked(node.workers, jobs.query, path, data, at))


async def _simulate(node: ServiceNode, data: bytes) -> QueryResult:
    return node.engine.application.query(simulation.PATH, data, 0, prove=False)


async def search(node: ServiceNode, wish: Wish) -> Found:
    """Search transactions. Raises: CallRefused."""
    here = MAX_MATCHES if node.workers is None else MATCHES_HERE
    try:
        return _searched(node.engine.store, wish, here)
    except TooManyMatches as error:
        if node.workers is None:
            raise CallRefused(Status.INVALID_ARGUMENT, str(error)) from None
    except BadQuery as error:
        raise CallRefused(Status.INVALID_ARGUMENT, str(error)) from None
    return await node.on_engine(_asked(node.workers, searched, wish))


def searched(reads: Reads, wish: Wish) -> Found:
    """Search as far as any search goes. Raises: BadQuery."""
    return _searched(reads.blocks, wish, MAX_MATCHES)


def _searched(blocks: LmdbBlockStore, wish: Wish, at_most: int) -> Found:
    found = search_transactions(blocks, parse_query(wish.query), at_most)
    ordered = found[::-1] if wish.descending else found
    return Found(positions=tuple(ordered[wish.start : wish.start + wish.limit]), total=len(found))


async def _asked(workers: WorkerPool, job: Callable[Concatenate[Reads, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return await workers.ask(job, *args, **kwargs)
    except (WorkersBusy, TookTooLong, WorkerFailed, TooLarge) as error:
        raise CallRefused(_STATUS[type(error)], str(error)) from None
    except BadQuery as error:
        raise CallRefused(Status.INVALID_ARGUMENT, str(error)) from None
