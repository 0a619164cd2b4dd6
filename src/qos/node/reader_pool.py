"""What a query may cost where it is asked, and the reader processes for what costs more."""

import sys

from qos.node.config import ChainConfig
from qos.node.home import ChainHome
from qos.rpc.workers import PoolLimits, WorkerPool

READS_HERE = 500
"""Values a query may read in the process that answers, 10 ms at most; longer ones go to a reader process."""


def reader_pool(home: ChainHome, config: ChainConfig) -> WorkerPool:
    """Return the reader processes of a node; none runs yet."""
    command = (sys.executable, "-m", "qos.node.run_reader", "--home", str(home.folder))
    return WorkerPool(command, pool_limits(config))


def pool_limits(config: ChainConfig) -> PoolLimits:
    """Return how much a node spends on heavy reads."""
    return PoolLimits(workers=config.rpc.readers, time_ms=config.rpc.read_time_ms)
