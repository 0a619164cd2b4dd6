"""Asking a node again and again until it has what is waited for."""

from collections.abc import AsyncIterator
from typing import Final

from qos.client.calls import Transport

POLL_MS: Final = 100
BEHIND_MS: Final = 10_000
"""How long a node may be behind others of its chain before it is given up."""


async def attempts(node: Transport, within_ms: int = BEHIND_MS) -> AsyncIterator[None]:
    """Yield for every time the node may be asked, at least once, and let time pass after each."""
    for _ in range(max(within_ms // POLL_MS, 1)):
        yield
        await node.pause(POLL_MS)
