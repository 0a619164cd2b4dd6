"""A reader process over the stores of a folder, as tests start it:
`python -m tests.e2e.reader_program FOLDER IDLE_S`."""

import os
import sys
import time
from pathlib import Path

from qos.chains.public import PUBLIC
from qos.engine.embedded.io.blockstore import LmdbBlockStore
from qos.machine.errors import KeyNotFound
from qos.rpc.reads import Reads
from qos.rpc.worker import serve, settle
from qos.store.io.lmdb import open_store


def answer(reads: Reads, number: int) -> int:
    return number + 1


def process(reads: Reads) -> int:
    return os.getpid()


def sleep(reads: Reads, seconds: int) -> None:
    time.sleep(seconds)


def die(reads: Reads) -> None:
    os._exit(3)


def refuse(reads: Reads) -> None:
    raise KeyNotFound("there is nothing")


def read_far(reads: Reads) -> None:
    reads.state.at(999)


def take_memory(reads: Reads) -> int:
    return len(bytearray(3 << 30))


def heights(reads: Reads) -> tuple[int, int]:
    with reads.state.at(1) as state:
        return state.version, reads.blocks.height()


if __name__ == "__main__":
    settle()
    folder = Path(sys.argv[1])
    reads = Reads(
        chain=PUBLIC,
        state=open_store(folder / "state", PUBLIC.stores, readonly=True),
        kept_blocks=LmdbBlockStore(folder / "blocks", readonly=True),
    )
    serve(reads, sys.stdin.buffer, sys.stdout.buffer, idle_s=int(sys.argv[2]))
