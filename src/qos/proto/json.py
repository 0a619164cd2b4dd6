"""Messages as JSON, in protobuf's JSON mapping: for genesis, configuration and people."""

from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from qos.proto.codec import MalformedBytes, message_class, pool
from qos.proto.decimals import shown
from qos.proto.record import Record

R = TypeVar("R", bound=Record)


def to_json(record: Record) -> Any:
    """Return a record as plain JSON values, fields under their proto names, defaults included."""
    message = message_class(record.full_name)()
    record.write(message)
    return _rendered(message)


def from_json(kind: type[R], value: Any) -> R:
    """Read a record from JSON values. Raises: MalformedBytes on an unknown field or wrong type, as `decode`."""
    return kind.read(_parsed(kind.full_name, value))


def bytes_to_json(full_name: str, data: bytes) -> Any:
    """Return any encoded message as it is shown: plain JSON values, decimals written out. Raises: MalformedBytes."""
    try:
        return shown(full_name, _rendered(message_class(full_name).FromString(data)))
    except DecodeError:
        raise MalformedBytes(f"not a {full_name}") from None
    except TypeError as error:  # what stands in an Any is none of our messages
        raise MalformedBytes(f"{full_name}: {error}") from None


def json_to_bytes(full_name: str, value: Any) -> bytes:
    """Return the canonical encoding of a message given as JSON values, without its record. Raises: MalformedBytes."""
    data: bytes = _parsed(full_name, value).SerializeToString(deterministic=True)
    return data


def _rendered(message: Any) -> Any:
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        descriptor_pool=pool(),
    )


def _parsed(full_name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        raise MalformedBytes(f"{full_name} must be an object")
    message = message_class(full_name)()
    try:
        return json_format.ParseDict(value, message, descriptor_pool=pool())
    # Beside its own error the parser lets through what ill-typed values inside an Any run into.
    except (json_format.ParseError, AttributeError, TypeError, ValueError) as error:
        raise MalformedBytes(f"{full_name}: {error}") from None
