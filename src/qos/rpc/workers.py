"""Heavy reads in processes of their own, so that none delays a block: long searches, long lists, exports.

    found = await workers.ask(job, *arguments)      # job(reads: Reads, *arguments) -> found

`job` is a function of a module; it runs on committed versions, opened read-only, in a process of lower priority that
starts when first needed and ends when nobody asks. Arguments and result are copied by pickle. What the job raises of
our errors is raised here. Light reads belong on the node's own loop: try there with a budget first.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar, cast

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from qos.base.errors import QosError
from qos.rpc import frames
from qos.rpc.reads import Reads

P = ParamSpec("P")
R = TypeVar("R")


class WorkersBusy(QosError):
    """More heavy reads wait than are let in."""


class TookTooLong(QosError):
    """A heavy read did not end in time; its process was ended."""


class WorkerFailed(QosError):
    """A reader process ended without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How much a node spends on heavy reads; `waiting` counts those beside the running ones."""

    workers: int = 1
    waiting: int = 16
    time_ms: int = 5_000
    start_ms: int = 30_000

    @property
    def too_many(self) -> str:
        """What is said to whom is not let in to wait."""
        return f"{self.waiting} long searches wait already: try again in a few seconds"

    @property
    def too_slow(self) -> str:
        """What is said to whose search was given up."""
        return f"the search took more than {self.time_ms} ms: narrow it, for example by a range of heights"


class _Gone(Exception):
    """The process at the other end of the pipe has ended."""


class _Worker:
    """One reader process and its pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self._output = BufferedByteReceiveStream(process.stdout)

    async def ask(self, frame: bytes) -> object:
        """Send a job and return the frame that comes back. Raises: _Gone."""
        try:
            await self._input.send(frame)
            return await self.receive()
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            raise _Gone from None

    async def receive(self) -> object:
        """Return the next frame. Raises: _Gone."""
        try:
            header = await self._output.receive_exactly(frames.HEADER_BYTES)
            return frames.decode(await self._output.receive_exactly(int.from_bytes(header, "big")))
        except (anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise _Gone from None

    async def end(self) -> None:
        """End the process, whatever it does."""
        with anyio.CancelScope(shield=True):
            if self._process.returncode is None:
                self._process.kill()
            await self._process.aclose()


class WorkerPool:
    """The reader processes of one node, started by `command` when needed. Close it at the end."""

    def __init__(self, command: tuple[str, ...], limits: PoolLimits) -> None:
        self._command = command
        self._limits = limits
        self._running = anyio.CapacityLimiter(limits.workers)
        self._idle: list[_Worker] = []
        self._asked = 0

    async def ask(self, job: Callable[Concatenate[Reads, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a job and return what it returns.

        Raises: WorkersBusy, TookTooLong, WorkerFailed, TooLarge, and what the job raises.
        """
        limits = self._limits
        if self._asked >= limits.workers + limits.waiting:
            raise WorkersBusy(limits.too_many)
        frame = frames.encode(frames.Job(run=job, args=args, kwargs=dict(kwargs)))
        self._asked += 1
        try:
            async with self._running:
                outcome = await self._outcome(frame)
        finally:
            self._asked -= 1
        if isinstance(outcome, frames.Refused):
            raise outcome.error()
        if not isinstance(outcome, frames.Done):
            raise WorkerFailed("a reader process answered out of turn: ask again")
        return cast("R", outcome.value)

    async def close(self) -> None:
        """End all processes."""
        while self._idle:
            await self._idle.pop().end()

    async def _outcome(self, frame: bytes) -> object:
        if self._idle:
            try:
                return await self._answer(self._idle.pop(), frame)
            except _Gone:
                pass  # it ended because nobody had asked it for a while
        try:
            return await self._answer(await self._started(), frame)
        except _Gone:
            raise WorkerFailed("the reader process ended before it answered: ask for less, or again") from None

    async def _answer(self, worker: _Worker, frame: bytes) -> object:
        """Let a worker do a job; one that did not answer is ended."""
        answered = False
        try:
            with anyio.fail_after(self._limits.time_ms / 1000):
                outcome = await worker.ask(frame)
            answered = True
        except TimeoutError:
            raise TookTooLong(self._limits.too_slow) from None
        finally:
            if answered:
                self._idle.append(worker)
            else:
                await worker.end()
        return outcome

    async def _started(self) -> _Worker:
        process = await anyio.open_process(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None)
        worker = _Worker(process)
        is_ready = False
        try:
            with anyio.fail_after(self._limits.start_ms / 1000):
                is_ready = isinstance(await worker.receive(), frames.Ready)
        except TimeoutError:
            raise WorkerFailed(f"no reader process was ready within {self._limits.start_ms} ms: ask again") from None
        finally:
            if not is_ready:
                await worker.end()
        return worker
