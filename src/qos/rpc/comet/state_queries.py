"""The route `abci_query`: reads of committed state, the same before every engine."""

from dataclasses import dataclass
from typing import Protocol

from qos.base.errors import InvariantBroken
from qos.machine import simulation
from qos.machine.abci import QueryResult
from qos.rpc.comet import jobs
from qos.rpc.comet.arguments import Arguments
from qos.rpc.comet.envelope import JsonObject, RpcError
from qos.rpc.comet.readers import asked
from qos.rpc.comet.render import query_result
from qos.rpc.ports import Place, State
from qos.rpc.workers import WorkerPool
from qos.store.budget import BudgetSpent
from qos.store.errors import StoreDamaged


class NodeAnswers(Protocol):
    """Queries the node answers from its own knowledge, as some clients ask through the application's door."""

    @property
    def own_paths(self) -> frozenset[str]:
        """Their paths, `/<service>/<method>`."""
        ...

    async def result(self, path: str, data: bytes) -> QueryResult:
        """Answer one; a refusal is an answer with its code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StateQueries:
    """Committed state as clients of the RPC see it. Without `workers` everything is read here, whatever it takes."""

    state: State
    place: Place
    workers: WorkerPool | None = None
    answers: NodeAnswers | None = None

    async def abci_query(self, arguments: Arguments) -> JsonObject:
        """Answer from committed state, with a proof when asked. What shows damage stops the node. Raises: RpcError."""
        height = arguments.integer("height") or 0
        if height < 0:
            raise RpcError("height cannot be negative")
        path, data, prove = arguments.text("path"), arguments.hex_data("data"), arguments.flag("prove")
        try:
            result = await self._query(path, data, height, prove=prove)
        except (StoreDamaged, InvariantBroken) as error:
            self.place.halt(error)
            raise RpcError(f"the node stops: {error}") from None
        return {"response": query_result(result)}

    async def _query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer a query of the application; a long one in a reader process. Raises: RpcError."""
        try:
            if self.answers is not None and path in self.answers.own_paths:
                return await self.answers.result(path, data)
            if path == simulation.PATH:
                return await self.place.run(_simulate(self.state, data, height))
            return self.state.query(path, data, height, prove=prove)
        except BudgetSpent as spent:
            if self.workers is None:
                raise RpcError(str(spent)) from None
            at = spent.height
        return await self.place.run(asked(self.workers, jobs.query, path, data, at))


async def _simulate(state: State, data: bytes, height: int) -> QueryResult:
    return state.query(simulation.PATH, data, height, prove=False)
