"""The event loop of an engine, for servers that run on a loop and thread of their own beside it.

A block is made without giving up the engine's loop. What only reads committed versions runs beside it and waits at
most for the interpreter; what touches the engine itself (mempool, simulation, reader processes) is handed over here.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from qos.base.errors import QosError
from qos.engine.embedded.io.engine import EmbeddedEngine

R = TypeVar("R")


class EngineLoop:
    """Implements `ports.Place` from another loop than the engine's; made on the engine's."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()

    async def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Return what the work returns. Raises: what it raises."""
        if asyncio.get_running_loop() is self._loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def halt(self, error: QosError) -> None:
        """Stop the engine with an error found while reading."""
        self._loop.call_soon_threadsafe(self._engine.halt, error)


class OwnLoop:
    """Implements `ports.Place` where edges run on the loop that does everything else, too."""

    def __init__(self, halt: Callable[[QosError], None]) -> None:
        """Take what stops the node."""
        self._halt = halt

    async def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Return what the work returns. Raises: what it raises."""
        return await work

    def halt(self, error: QosError) -> None:
        """Stop the node with an error found while reading."""
        self._halt(error)
