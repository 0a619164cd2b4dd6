"""What routes work on: the embedded engine, and reader processes for what would hold up its blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.engine.embedded.search import MAX_MATCHES, TooManyMatches
from qos.engine.query_language import BadQuery
from qos.rpc.comet import jobs
from qos.rpc.comet.envelope import RpcError
from qos.rpc.comet.paging import PageWish
from qos.rpc.comet.readers import asked
from qos.rpc.comet.state_queries import StateQueries
from qos.rpc.ports import Place
from qos.rpc.workers import WorkerPool

T = TypeVar("T")
MAX_PAGE_BYTES: Final = 16 * 1024 * 1024
MATCHES_HERE: Final = 500
"""Index rows a condition of a search may have on the node's own loop: 1 ms; more is for a reader process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcNode:
    """An engine as clients see it; `version` is that of this program, `rpc_address` where it listens.

    Without `workers` everything is read here, whatever it takes. `place` is where the engine runs.
    """

    engine: EmbeddedEngine
    version: str
    rpc_address: str
    place: Place
    queries: StateQueries
    workers: WorkerPool | None = None

    def check_page_bytes(self, heights: Iterable[int]) -> None:
        """Return when the blocks a page is made from are few enough to be read for one call. Raises: RpcError."""
        size = sum(self.engine.store.meta(height).block_size for height in heights)
        if size > MAX_PAGE_BYTES:
            raise RpcError(f"the page needs {size} bytes of blocks, at most {MAX_PAGE_BYTES}: ask for fewer per_page")

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
        return await asked(self.workers, jobs.searched, search, text, wish, descending=descending)
