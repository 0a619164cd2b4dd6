"""What a node and its reader processes send each other: pickled objects behind their length (u32, big-endian).

Pickle is safe here and only here: both ends are our own processes, joined by a pipe nobody else holds.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from qos.base.encoding import u32
from qos.base.errors import QosError

HEADER_BYTES = 4
MAX_FRAME_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The first frame of a reader process: its stores are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a job returned."""

    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The error a job raised, taken apart because errors have constructors of their own."""

    kind: type[QosError]
    message: str
    fields: dict[str, object]

    def error(self) -> QosError:
        """Put the error together again."""
        error = self.kind.__new__(self.kind)
        error.args = (self.message,)
        error.__dict__.update(self.fields)
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A function of a module, its arguments after the reads."""

    run: Callable[..., object]
    args: tuple[object, ...]
    kwargs: dict[str, object]


def refused(error: QosError) -> Refused:
    """Take an error apart."""
    return Refused(kind=type(error), message=str(error), fields=dict(vars(error)))


def encode(value: object) -> bytes:
    """Write a frame. Raises: ValueError when it is too long."""
    body = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {len(body)} bytes is too long")
    return u32(len(body)) + body


def read(source: BinaryIO) -> object | None:
    """Read a frame; None at the end of the stream."""
    header = source.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    body = source.read(int.from_bytes(header, "big"))
    return decode(body)


def decode(body: bytes) -> object:
    """Read the body of a frame."""
    value: object = pickle.loads(body)
    return value
