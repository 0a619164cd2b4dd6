"""Records as JSON, in protobuf's JSON mapping: for genesis, configuration and people."""

from typing import Any, TypeVar

from google.protobuf import json_format

from qos.proto.codec import MalformedBytes, message_class, pool
from qos.proto.record import Record

R = TypeVar("R", bound=Record)


def to_json(record: Record) -> Any:
    """Return a record as plain JSON values, fields under their proto names, defaults included."""
    message = message_class(record.full_name)()
    record.write(message)
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        descriptor_pool=pool(),
    )


def from_json(kind: type[R], value: Any) -> R:
    """Read a record from JSON values. Raises: MalformedBytes on an unknown field or wrong type, as `decode`."""
    message = message_class(kind.full_name)()
    try:
        json_format.ParseDict(value, message, descriptor_pool=pool())
    except json_format.ParseError as error:
        raise MalformedBytes(f"{kind.full_name}: {error}") from None
    return kind.read(message)
