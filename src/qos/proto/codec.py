"""Bytes to records and back. The only place that touches protobuf objects.

Strict decoding (transactions, packets, genesis, certificates) accepts exactly the canonical encoding:
parse, discard what is unknown, serialise again, compare. Queries are lenient: newer clients add fields.
"""

from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from qos.base.encoding import uvarint
from qos.base.errors import ErrorCode, RuleViolation
from qos.proto.record import AnyRecord, Record

R = TypeVar("R", bound=Record)


class MalformedBytes(RuleViolation):
    """Bytes do not decode, or are not the one canonical encoding."""

    code = ErrorCode("sdk", 2)


@cache
def pool() -> descriptor_pool.DescriptorPool:
    """Return the private pool of all our definitions."""
    result = descriptor_pool.DescriptorPool()
    for file in FileDescriptorSet.FromString(descriptor_set()).file:
        result.Add(file)
    return result


@cache
def descriptor_set() -> bytes:
    """Return the serialised descriptor set, comments included."""
    return files("qos.proto").joinpath("descriptors.bin").read_bytes()


@cache
def message_class(full_name: str) -> Any:
    """Return the protobuf class of a message. Raises: KeyError when there is none."""
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(full_name))


def type_url(kind: type[Record]) -> str:
    """Return the URL that names a record type inside an Any."""
    return "/" + kind.full_name


def parse_canonical(full_name: str, data: bytes) -> Any:
    """Parse bytes that must be the canonical encoding of a message. Raises: MalformedBytes."""
    try:
        message = message_class(full_name).FromString(data)
    except DecodeError:
        raise MalformedBytes(f"not a {full_name}") from None
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != data:
        raise MalformedBytes(f"{full_name} has unknown fields or is not canonically encoded: leave defaults unset")
    return message


def decode(kind: type[R], data: bytes) -> R:
    """Read the canonical encoding of a record. Raises: MalformedBytes, MalformedField, MalformedAddress."""
    found: R | None
    try:
        found = kind.scan(data, 0, len(data))
    except (ValueError, IndexError, RuleViolation):
        found = None
    return found if found is not None else kind.read(parse_canonical(kind.full_name, data))


def decode_lenient(kind: type[R], data: bytes) -> R:
    """Read a record from any valid encoding, unknown fields left out. Raises: as `decode`."""
    try:
        message = message_class(kind.full_name).FromString(data)
    except DecodeError:
        raise MalformedBytes(f"not a {kind.full_name}") from None
    return kind.read(message)


def encode(record: Record) -> bytes:
    """Write the canonical encoding of a record."""
    message = message_class(record.full_name)()
    record.write(message)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def pack(record: Record) -> AnyRecord:
    """Wrap a record with the URL of its type."""
    return AnyRecord(type_url=type_url(type(record)), value=encode(record))


@cache
def _packed_head(full_name: str) -> bytes:
    """Return how the packed form of a record that is not empty begins: its type, and the tag of its bytes."""
    return encode(AnyRecord(type_url="/" + full_name)) + b"\x12"


def encode_packed(record: Record) -> bytes:
    """Write the canonical encoding of `pack(record)`: what stores that hold several kinds of record keep."""
    data = encode(record)
    head = _packed_head(record.full_name)
    return head + uvarint(len(data)) + data if data else head[:-1]


def unpack(kind: type[R], wrapped: AnyRecord) -> R:
    """Read the record inside an Any that must be of one type. Raises: as `decode`."""
    if wrapped.type_url != type_url(kind):
        raise MalformedBytes(f"expected {type_url(kind)}, found {wrapped.type_url[:100]!r}")
    return decode(kind, wrapped.value)
