"""What every generated record and service table shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

C = TypeVar("C")


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

    def write(self, m: Any) -> None:
        """Fill an empty protobuf message."""
        raise NotImplementedError


def setters(kind: type[Record]) -> tuple[Callable[[Record, Any], None], ...]:
    """Return what fills each slot of a record, in order: for its constructor alone."""
    names: tuple[str, ...] = kind.__slots__
    return tuple([kind.__dict__[name].__set__ for name in names])


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
