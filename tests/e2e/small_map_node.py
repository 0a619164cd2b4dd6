"""A chain node whose state has little address space at first, as tests start it:
`python -m tests.e2e.small_map_node --home DIR`."""

import sys
from functools import partial

from qos.node import run_chain
from qos.store.io import lmdb

LEAST_MAP_BYTES = 1 << 19

if __name__ == "__main__":
    vars(lmdb)["LmdbBackend"] = partial(lmdb.LmdbBackend, least_map_bytes=LEAST_MAP_BYTES)
    sys.exit(run_chain.main())
