"""A thread beside the machine's, for work that leaves the interpreter to others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from qos.machine.signatures_ahead import Spare


@contextmanager
def spare_thread() -> Iterator[Spare]:
    """Give what begins work on the thread; at the end what it does is waited for."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spare")
    try:
        yield lambda work: pool.submit(work).result
    finally:
        pool.shutdown()
