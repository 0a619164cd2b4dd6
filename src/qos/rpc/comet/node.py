"""What routes work on: an engine, and reader processes for what would hold up its blocks."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from qos.base.errors import QosError
from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.search import MAX_MATCHES, TooManyMatches
from qos.engine.query_language import BadQuery
from qos.machine import simulation
from qos.machine.abci import QueryResult
from qos.rpc.comet import jobs
from qos.rpc.comet.envelope import JsonObject, RpcError
from qos.rpc.comet.paging import PageWish
from qos.rpc.engine_loop import EngineLoop
from qos.rpc.reads import Reads
from qos.rpc.worker import TooLarge
from qos.rpc.workers import TookTooLong, WorkerFailed, WorkerPool, WorkersBusy
from qos.store.budget import BudgetSpent

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
ProofPlace = tuple[str, bytes, int]
"""Path, key and height."""
PROOFS_REMEMBERED: Final = 1_024
"""About 4 MB."""
MAX_PAGE_BYTES: Final = 16 * 1024 * 1024
MATCHES_HERE: Final = 500
"""Index rows a condition of a search may have on the node's own loop: 1 ms; more is for a reader process."""


class ProofMemo:
    """Remembers rendered answers with proofs at named heights: every relay asks for the same ones, and none changes."""

    def __init__(self) -> None:
        """Remember none."""
        self._answers: dict[ProofPlace, JsonObject] = {}

    def get(self, place: ProofPlace) -> JsonObject | None:
        """Return a remembered answer."""
        return self._answers.get(place)

    def put(self, place: ProofPlace, answer: JsonObject) -> None:
        """Remember an answer; the oldest is forgotten."""
        self._answers[place] = answer
        if len(self._answers) > PROOFS_REMEMBERED:
            # Two threads may forget the same one.
            self._answers.pop(next(iter(self._answers)), None)


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
class RpcNode:
    """An engine as clients see it; `version` is that of this program, `rpc_address` where it listens.

    Without `workers` everything is read here, whatever it takes. `loop` is the engine's, when calls come on another.
    """

    engine: EmbeddedEngine
    version: str
    rpc_address: str
    workers: WorkerPool | None = None
    proofs: ProofMemo = field(default_factory=ProofMemo)
    loop: EngineLoop | None = None
    answers: NodeAnswers | None = None

    async def on_engine(self, work: Coroutine[Any, Any, R]) -> R:
        """Do work where the engine runs. Raises: what the work raises."""
        return await (work if self.loop is None else self.loop.run(work))

    def halt(self, error: QosError) -> None:
        """Stop the node with an error found while reading."""
        (self.engine if self.loop is None else self.loop).halt(error)

    def check_page_bytes(self, heights: Sequence[int]) -> None:
        """Return when the blocks a page is made from are few enough to be read for one call. Raises: RpcError."""
        size = sum(self.engine.store.meta(height).block_size for height in heights)
        if size > MAX_PAGE_BYTES:
            raise RpcError(f"the page needs {size} bytes of blocks, at most {MAX_PAGE_BYTES}: ask for fewer per_page")

    async def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer a query of the application; a long one in a reader process. Raises: RpcError."""
        try:
            if self.answers is not None and path in self.answers.own_paths:
                return await self.answers.result(path, data)
            if path == simulation.PATH:
                return await self.on_engine(_simulate(self.engine, data, height))
            return self.engine.application.query(path, data, height, prove=prove)
        except BudgetSpent as spent:
            if self.workers is None:
                raise RpcError(str(spent)) from None
            at = spent.height
        return await self.on_engine(_asked(self.workers, jobs.query, path, data, at))

    async def search(self, search: jobs.Search[T], text: str, wish: PageWish, *, descending: bool) -> jobs.Page[T]:
        """Do a search; one with many matches in a reader process. Raises: RpcError."""
        here = MAX_MATCHES if self.workers is None else MATCHES_HERE
        try:
            return search(self.engine.store, text, wish, descending=descending, at_most=here)
        except TooManyMatches as error:
            if self.workers is None:
                raise RpcError(str(error)) from None
        except BadQuery as error:
            raise RpcError(str(error)) from None
        return await _asked(self.workers, jobs.searched, search, text, wish, descending=descending)


async def _simulate(engine: EmbeddedEngine, data: bytes, height: int) -> QueryResult:
    return engine.application.query(simulation.PATH, data, height, prove=False)


async def _asked(workers: WorkerPool, job: Callable[Concatenate[Reads, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Have a job done by a reader process. Raises: RpcError with what the client can do."""
    try:
        return await workers.ask(job, *args, **kwargs)
    except (WorkersBusy, TookTooLong, WorkerFailed, TooLarge, BadQuery) as error:
        raise RpcError(str(error)) from None
