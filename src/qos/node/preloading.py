"""When a node reads the upper levels of its trees ahead of the blocks that need them.

A chain of millions of accounts has millions of such nodes; a block that meets them on the disk takes half as long
again. A node takes some of them at its start, and the others a few behind each block: neither has to wait for all.
"""

import time

from qos.store.multistore import MultiStore

AT_START_MS = 1_000
BEHIND_BLOCK_MS = 10


def preload(store: MultiStore, budget_ms: int) -> None:
    """Read ahead until all is there or the time is over. Raises: StoreDamaged."""
    until = time.monotonic_ns() + budget_ms * 1_000_000
    while store.preload() and time.monotonic_ns() < until:
        pass
