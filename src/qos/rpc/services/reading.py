"""Reads that may be long: done here within a bound, else by a reader process, so that no block waits for them."""

from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

from qos.engine.query_language import BadQuery
from qos.machine import simulation
from qos.machine.abci import QueryResult
from qos.rpc.comet import jobs
from qos.rpc.ports import State
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


async def query(node: ServiceNode, path: str, data: bytes, height: int, *, prove: bool = False) -> QueryResult:
    """Answer a query of the application; a simulation runs where blocks do. Raises: CallRefused."""
    try:
        if path == simulation.PATH:
            return await node.place.run(_simulate(node.state, data))
        return node.state.query(path, data, height, prove=prove)
    except BudgetSpent as spent:
        if node.workers is None:
            raise CallRefused(Status.RESOURCE_EXHAUSTED, str(spent)) from None
        at = spent.height
    return await node.place.run(asked(node.workers, jobs.query, path, data, at))


async def _simulate(state: State, data: bytes) -> QueryResult:
    return state.query(simulation.PATH, data, 0, prove=False)


async def asked(workers: WorkerPool, job: Callable[Concatenate[Reads, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Have a job done by a reader process. Raises: CallRefused."""
    try:
        return await workers.ask(job, *args, **kwargs)
    except (WorkersBusy, TookTooLong, WorkerFailed, TooLarge) as error:
        raise CallRefused(_STATUS[type(error)], str(error)) from None
    except BadQuery as error:
        raise CallRefused(Status.INVALID_ARGUMENT, str(error)) from None
