"""The inside of a reader process: jobs come in on a pipe, answers go out, one at a time."""

import os
import resource
import select
import signal
from typing import BinaryIO

from qos.base.errors import QosError
from qos.rpc import frames
from qos.rpc.reads import Reads

IDLE_S = 30
"""A reader nobody asks for so long ends and gives its memory back."""

NICENESS = 10
"""Blocks come first on a busy machine."""

MEMORY_BYTES = 1 << 30


class TooLarge(QosError):
    """A job needs more memory than a reader may take."""


def settle() -> None:
    """Step behind the node: lower priority, bounded memory, no interest in the terminal's signals."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def serve(reads: Reads, source: BinaryIO, sink: BinaryIO, idle_s: int = IDLE_S) -> None:
    """Do jobs until the pipe ends, or until nobody asked for a while. A job comes only after the answer to the last."""
    _write(sink, frames.Ready())
    while select.select([source], [], [], idle_s)[0]:
        job = frames.read(source)
        if not isinstance(job, frames.Job):
            return
        _write(sink, _outcome(reads, job))


def _outcome(reads: Reads, job: frames.Job) -> frames.Done | frames.Refused:
    try:
        return frames.Done(value=job.run(reads, *job.args, **job.kwargs))
    except QosError as error:
        return frames.refused(error)
    except MemoryError:
        return frames.refused(TooLarge(f"the answer needs more than {MEMORY_BYTES >> 20} MiB: ask for less"))


def _write(sink: BinaryIO, answer: object) -> None:
    sink.write(frames.encode(answer))
    sink.flush()
