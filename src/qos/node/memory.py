"""How the interpreter's collector runs in a program of a network.

A block keeps tens of thousands of objects that are all still in use: looking through them every 700 objects finds
nothing and costs a quarter of a transfer. Cycles are rare here and small, so they can wait.
"""

import gc

YOUNG_OBJECTS = 50_000
GENERATION_RATIO = 20


def settle() -> None:
    """Exempt what is loaded by now from collection for good, and collect seldom from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, GENERATION_RATIO, GENERATION_RATIO)
