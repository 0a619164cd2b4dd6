"""Messages in legacy amino JSON, as wallets show them and hardware wallets sign them (protocol T2).

A message is {"type": its amino name, "value": its fields}. Fields keep their proto names; empty ones are left out
unless the definition says otherwise; 64-bit integers and durations (in nanoseconds) are texts, bytes are base64,
decimals have a point, and a public key is its bytes.
Two messages never share a form: every field that is set is shown.
"""

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from qos.base.blocktime import rfc3339
from qos.base.errors import ErrorCode, RuleViolation
from qos.base.strictjson import JsonObject, JsonValue
from qos.proto import catalog, decimals
from qos.proto.codec import parse_canonical
from qos.proto.record import AnyRecord
from qos.proto.scalars import read_duration, read_integer, read_timestamp

MAX_ANY_DEPTH = 4
_WIDE = {FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64}


class NoAminoForm(RuleViolation):
    """A message cannot be signed as amino JSON."""

    code = ErrorCode("sdk", 37)


def amino_json(message: AnyRecord, *, depth: int = 1) -> JsonObject:
    """Return the amino JSON of a message. Raises: NoAminoForm, MalformedBytes, MalformedField."""
    full_name = message.type_url.removeprefix("/")
    name = names().get(full_name, "")
    if not name:
        raise NoAminoForm(
            f"{full_name[:100]!r} has no amino JSON form: sign with SIGN_MODE_DIRECT: feature not supported"
        )
    if depth > MAX_ANY_DEPTH:
        raise NoAminoForm(f"messages inside messages go deeper than {MAX_ANY_DEPTH} levels: feature not supported")
    parsed = parse_canonical(full_name, message.value)
    if full_name in _keys():
        return {"type": name, "value": b64encode(parsed.key).decode()}
    return {"type": name, "value": _fields(parsed, depth)}


def _fields(message: Any, depth: int) -> JsonObject:
    kept = _kept_empty()
    shown: JsonObject = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        present = message.HasField(field.name) if field.has_presence else bool(value)
        if present and field.is_repeated:
            shown[field.name] = [_value(field, each, depth) for each in value]
        elif present or field.full_name in kept:
            shown[field.name] = [] if field.is_repeated else _value(field, value, depth)
    return shown


def _value(field: FieldDescriptor, value: Any, depth: int) -> JsonValue:
    if field.message_type is not None:
        return _message(value, depth)
    if field.cpp_type in _WIDE:
        return str(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b64encode(value).decode()
    if field.full_name in _decimals():
        # Two texts of one number would have one form.
        return decimals.written(str(read_integer(value)))
    shown: JsonValue = value
    return shown


def _message(message: Any, depth: int) -> JsonValue:
    kind = message.DESCRIPTOR.full_name
    if kind == "google.protobuf.Timestamp":
        return rfc3339(read_timestamp(message))
    if kind == "google.protobuf.Duration":
        return str(read_duration(message))
    if kind == AnyRecord.full_name:
        return amino_json(AnyRecord.read(message), depth=depth + 1)
    return _fields(message, depth)


@cache
def names() -> dict[str, str]:
    """Return the amino name of each message by its full name; an empty one where it has no amino form."""
    return {name: str(catalog.option(each.options, "amino.name", "")) for name, each in _declared()}


@cache
def _kept_empty() -> frozenset[str]:
    return frozenset(
        f"{name}.{field.name}"
        for name, each in _declared()
        for field in each.field
        if catalog.option(field.options, "amino.dont_omitempty", False)
    )


@cache
def _decimals() -> frozenset[str]:
    """Return the fields that hold decimals; an empty one is left out before it is asked for."""
    scalars = (decimals.DEC, decimals.OPTIONAL_DEC)
    return frozenset(
        f"{name}.{field.name}"
        for name, each in _declared()
        for field in each.field
        if catalog.option(field.options, "cosmos_proto.scalar", "") in scalars
    )


@cache
def _keys() -> frozenset[str]:
    """Return the message types that are shown as their key."""
    encoding = "amino.message_encoding"
    return frozenset(name for name, each in _declared() if catalog.option(each.options, encoding, "") == "key_field")


def _declared() -> Iterator[tuple[str, Any]]:
    """Yield every message type with its full name, nested ones too."""
    waiting = [(f"{file.package}.{each.name}", each) for file in catalog.files() for each in file.message_type]
    while waiting:
        name, each = waiting.pop()
        yield name, each
        waiting += [(f"{name}.{inner.name}", inner) for inner in each.nested_type]
