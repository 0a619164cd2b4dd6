"""What stands behind the CometBFT RPC: routes answered by this node, or handed on to the engine beside it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from qos.base.errors import QosError
from qos.rpc.comet.envelope import Request


class FeedEnded(QosError):
    """Nothing more comes of a subscription. Who asked for it has ended it, or its connection is closed."""


class FeedTooSlow(QosError):
    """A subscriber fell further behind than is kept for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer over HTTP: a JSON document, nothing for calls that want no answer."""

    body: bytes
    status: int = HTTPStatus.OK


class Feed(Protocol):
    """One subscription."""

    def events(self) -> AsyncIterator[str]:
        """Yield the `result` of each event as JSON text. Raises: FeedTooSlow, FeedEnded."""
        ...

    async def close(self) -> None:
        """End it; who waits for events is told."""
        ...


class Door(Protocol):
    """Answers calls of the CometBFT RPC. Errors of a call are its answer."""

    async def post(self, requests: Sequence[Request], *, is_batch: bool) -> Reply:
        """Answer requests of one body, in their order."""
        ...

    async def get(self, name: str, query: str) -> Reply:
        """Answer a call written as path and query; `name` is one of the routes."""
        ...

    async def open(self, query: str) -> Feed:
        """Subscribe to what matches a query. Raises: RpcError."""
        ...
