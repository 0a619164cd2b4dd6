"""What the services of a node work on."""

from dataclasses import dataclass

from qos.engine.embedded.io.engine import EmbeddedEngine
from qos.machine.chain import Chain
from qos.rpc.workers import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNode:
    """An engine and the chain it runs. `version` is that of this program, `rpc_address` where its RPC listens.

    Without `workers` everything is read on the engine's loop.
    """

    engine: EmbeddedEngine
    chain: Chain
    version: str
    rpc_address: str
    keep_versions: int
    workers: WorkerPool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An encoded response and the height it is of."""

    value: bytes
    height: int
