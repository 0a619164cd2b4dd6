"""What every generated record and service table shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Generic, Self, TypeVar

from qos.base.encoding import read_uvarint

C = TypeVar("C")
T = TypeVar("T")
SHARED_KEPT = 1_024
new = object.__new__
"""Makes a record with nothing in its slots yet: for what fills them all."""


class NotPlain(ValueError):
    """Bytes that are left to protobuf: it may find them canonical all the same, or say what is wrong."""


def long_number(data: bytes, offset: int, bits: int) -> tuple[int, int]:
    """Read a number of so many bits that is not 0, in its shortest form; returns it and the offset behind it.

    Raises: ValueError.
    """
    value, behind = read_uvarint(data, offset)
    if not 0 < value < 1 << bits:
        raise NotPlain
    return value, behind


class Record:
    """A message as the rules see it: frozen, hashable, formats checked when it was read.

    `full_name` is its protobuf name; `signer_fields` name the fields that hold its signers.
    """

    __slots__ = ()
    full_name: ClassVar[str]
    signer_fields: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def read(cls, m: Any) -> Self:
        """Make a record from a protobuf message. Raises: MalformedField, MalformedAddress."""
        raise NotImplementedError

    @staticmethod
    def scan(d: bytes, i: int, end: int) -> Any:
        """Make a record from the canonical bytes at [i, end).

        None when there is no such way to read it. Raises: NotPlain and other ValueErrors, IndexError, RuleViolation;
        then only protobuf can tell what they are.
        """
        return None

    def write(self, m: Any) -> None:
        """Fill an empty protobuf message."""
        raise NotImplementedError


def setters(kind: type[Record]) -> tuple[Callable[[Record, Any], None], ...]:
    """Return what fills each slot of a record, in order: for its constructor alone."""
    names: tuple[str, ...] = kind.__slots__
    return tuple([kind.__dict__[name].__set__ for name in names])


def shared(scan: Callable[[bytes, int, int], T]) -> Callable[[bytes], T]:
    """Return what makes a record of the whole bytes, once for those that come again soon."""

    @lru_cache(maxsize=SHARED_KEPT)
    def made(d: bytes) -> T:
        return scan(d, 0, len(d))

    return made


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class AnyRecord(Record):
    """Some message as bytes, with the URL that names its type."""

    full_name: ClassVar[str] = "google.protobuf.Any"
    type_url: str = ""
    value: bytes = b""

    def __init__(self, *, type_url: str = "", value: bytes = b"") -> None:
        """Fill both fields."""
        _set_type_url(self, type_url)
        _set_value(self, value)

    @classmethod
    def read(cls, m: Any) -> AnyRecord:
        """Make a record from a protobuf Any."""
        return AnyRecord(type_url=m.type_url, value=m.value)

    @staticmethod
    def scan(d: bytes, i: int, end: int) -> AnyRecord:
        """Make a record from the canonical bytes of an Any."""
        type_url, value = "", b""
        if i < end and d[i] == 0x0A:
            n = d[i + 1]
            i += 2
            if not 0 < n < 128:
                n, i = long_number(d, i - 1, 31)
            type_url = d[i : i + n].decode()
            i += n
        if i < end and d[i] == 0x12:
            n = d[i + 1]
            i += 2
            if not 0 < n < 128:
                n, i = long_number(d, i - 1, 31)
            value = d[i : i + n]
            i += n
        if i != end:
            raise NotPlain
        return AnyRecord(type_url=type_url, value=value)

    def write(self, m: Any) -> None:
        """Fill an empty protobuf Any."""
        m.type_url, m.value = self.type_url, self.value


_set_type_url, _set_value = setters(AnyRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a service; `attribute` is its field in the service table."""

    name: str
    attribute: str
    request: type[Record]
    response: type[Record]


class Server(Generic[C]):
    """A service as a frozen table of callables over context type C."""

    __slots__ = ()
    full_name: ClassVar[str]
    methods: ClassVar[tuple[Method, ...]]
