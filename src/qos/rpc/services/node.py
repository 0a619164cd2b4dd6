"""What the services of a node work on."""

from dataclasses import dataclass

from qos.machine.chain import Chain
from qos.rpc.ports import Place, State
from qos.rpc.services.ledger import Ledger
from qos.rpc.workers import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNode:
    """A chain, its committed state and its engine's blocks; `version` is that of this program.

    Without `workers` everything is read here, whatever it takes. `place` is where simulations and workers run.
    """

    chain: Chain
    state: State
    ledger: Ledger
    place: Place
    version: str
    keep_versions: int
    workers: WorkerPool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An encoded response and the height it is of."""

    value: bytes
    height: int
