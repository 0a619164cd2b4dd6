"""Handing heavy reads of the RPC to reader processes."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from qos.engine.query_language import BadQuery
from qos.rpc.comet.envelope import RpcError
from qos.rpc.reads import Reads
from qos.rpc.worker import TooLarge
from qos.rpc.workers import TookTooLong, WorkerFailed, WorkerPool, WorkersBusy

P = ParamSpec("P")
R = TypeVar("R")


async def asked(workers: WorkerPool, job: Callable[Concatenate[Reads, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Have a job done by a reader process. Raises: RpcError with what the client can do."""
    try:
        return await workers.ask(job, *args, **kwargs)
    except (WorkersBusy, TookTooLong, WorkerFailed, TooLarge, BadQuery) as error:
        raise RpcError(str(error)) from None
