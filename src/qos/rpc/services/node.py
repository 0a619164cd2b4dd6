"""What the services of a node work on."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from qos.base.errors import QosError
from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.machine.chain import Chain
from qos.rpc.engine_loop import EngineLoop
from qos.rpc.workers import WorkerPool

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNode:
    """An engine and the chain it runs. `version` is that of this program, `rpc_address` where its RPC listens.

    Without `workers` everything is read here, whatever it takes. `loop` is the engine's, when calls come on another.
    """

    engine: EmbeddedEngine
    chain: Chain
    version: str
    rpc_address: str
    keep_versions: int
    workers: WorkerPool | None = None
    loop: EngineLoop | None = None

    async def on_engine(self, work: Coroutine[Any, Any, R]) -> R:
        """Do work where the engine runs. Raises: what the work raises."""
        return await (work if self.loop is None else self.loop.run(work))

    def halt(self, error: QosError) -> None:
        """Stop the node with an error found while reading."""
        (self.engine if self.loop is None else self.loop).halt(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An encoded response and the height it is of."""

    value: bytes
    height: int
