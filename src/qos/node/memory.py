"""How the interpreter's collector runs in a program of a network.

A block keeps tens of thousands of objects that are all still in use: looking through them every 700 objects finds
nothing and costs a quarter of a transfer. Cycles are rare here and small, so they can wait.
"""

import gc
from itertools import count

YOUNG_OBJECTS = 50_000
GENERATION_RATIO = 20
BETWEEN_BLOCKS = 1_000_000
"""Young objects at which a program that makes blocks collects all the same: it does so behind some blocks."""

BLOCKS_TO_YOUNG = 20
"""How many blocks lie between two looks through what came since: it also finds the transactions that wait just then."""

BLOCKS_TO_ALL = 1_000
"""How many blocks lie between two looks through everything."""

_blocks = count(1)


def settle(young_objects: int = YOUNG_OBJECTS) -> None:
    """Exempt what is loaded by now from collection for good, and collect seldom from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(young_objects, GENERATION_RATIO, GENERATION_RATIO)


def after_block() -> None:
    """Collect, behind some blocks, where there is least to look through: behind a block its transactions are gone."""
    passed = next(_blocks)
    if passed % BLOCKS_TO_YOUNG == 0:
        gc.collect(1 if passed % BLOCKS_TO_ALL else 2)
