"""How long calls take, by method: the RPC's at its door, those of gRPC and REST at the services they share."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from qos.rpc.comet.door import Door, Feed, Reply
from qos.rpc.comet.envelope import Request
from qos.rpc.comet.methods import ROUTES
from qos.rpc.services.node import Answer, ServiceNode
from qos.rpc.services.table import Services

BOUNDS_MS: Final = (1, 5, 20, 100, 500, 2_000)
"""Upper ends of the classes calls are counted in; what takes longer is in one more."""

RPC, SERVICES = "rpc", "services"
UNKNOWN, BATCH, SUBSCRIBE = "unknown", "batch", "subscribe"
"""What is counted together: methods nobody has, bodies with several calls, the openings of subscriptions."""


@dataclass(slots=True)
class Times:
    """Calls of one method by class, and the time they took together."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    ns: int = 0


class CallTimes:
    """The times of all methods that were called, by door and name."""

    def __init__(self) -> None:
        """Have counted nothing yet."""
        self._times: dict[tuple[str, str], Times] = {}

    @property
    def times(self) -> Mapping[tuple[str, str], Times]:
        """What was counted."""
        return self._times

    @contextmanager
    def timed(self, door: str, method: str) -> Iterator[None]:
        """Count a call, also one that is refused; `method` is one of few, never what a client wrote."""
        began = time.perf_counter_ns()
        try:
            yield
        finally:
            spent = time.perf_counter_ns() - began
            found = self._times.setdefault((door, method), Times())
            found.counts[bisect_left(BOUNDS_MS, spent / 1_000_000)] += 1
            found.ns += spent


class TimedDoor:
    """Implements `Door` over another one and counts its calls."""

    def __init__(self, door: Door, calls: CallTimes) -> None:
        self._door = door
        self._calls = calls

    async def post(self, requests: Sequence[Request], *, is_batch: bool) -> Reply:
        """Answer requests of one body; several are counted as one."""
        name = requests[0].method if len(requests) == 1 else BATCH
        with self._calls.timed(RPC, name if name in ROUTES or name == BATCH else UNKNOWN):
            return await self._door.post(requests, is_batch=is_batch)

    async def get(self, name: str, query: str) -> Reply:
        """Answer a call written as path and query."""
        with self._calls.timed(RPC, name):
            return await self._door.get(name, query)

    async def open(self, query: str) -> Feed:
        """Subscribe to what matches a query. Raises: RpcError."""
        with self._calls.timed(RPC, SUBSCRIBE):
            return await self._door.open(query)


class TimedServices(Services):
    """Services that count their calls."""

    def __init__(self, node: ServiceNode, calls: CallTimes) -> None:
        """Answer as the services of a node do."""
        super().__init__(node)
        self._calls = calls

    async def call(self, path: str, data: bytes, height: int = 0) -> Answer:
        """Answer a call at a kept height. Raises: CallRefused."""
        with self._calls.timed(SERVICES, path if path in self.paths else UNKNOWN):
            return await super().call(path, data, height)
