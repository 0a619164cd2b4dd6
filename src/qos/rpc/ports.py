"""What edges need to know of the node they stand before, whichever engine runs it: its state, and where work runs.

What gRPC and REST ask of blocks is `services.ledger`, what the CometBFT RPC asks is `comet.door`.
"""

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from qos.base.errors import QosError
from qos.machine.abci import Info, QueryResult

R = TypeVar("R")


class State(Protocol):
    """The committed state of a chain."""

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        ...

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Answer from committed state; height 0 means the newest that can be proved. Raises: BudgetSpent."""
        ...


class Place(Protocol):
    """Where a node's work runs, and how it is stopped."""

    async def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Return what the work returns. Raises: what it raises."""
        ...

    def halt(self, error: QosError) -> None:
        """Stop the node with an error found while reading: what is stored cannot be trusted any more."""
        ...
