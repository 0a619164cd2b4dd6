"""Typed access to the fields of a JSON answer. Integers come as texts, hashes as hex, bytes as base64."""

import binascii
from base64 import b64decode

from qos.base.blocktime import parse_rfc3339
from qos.base.strictjson import JsonObject, JsonValue
from qos.client.errors import BadAnswer


def as_object(value: JsonValue, name: str = "answer") -> JsonObject:
    """Return an object. Raises: BadAnswer."""
    if not isinstance(value, dict):
        raise BadAnswer(f"{name} is no object")
    return value


def child(parent: JsonObject, name: str) -> JsonObject:
    """Return an object inside an object. Raises: BadAnswer."""
    return as_object(parent.get(name), name)


def objects(parent: JsonObject, name: str) -> list[JsonObject]:
    """Return a list of objects; null is the empty list. Raises: BadAnswer."""
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadAnswer(f"{name} is no list")
    return [as_object(item, name) for item in value]


def text(parent: JsonObject, name: str) -> str:
    """Return a text; null and absent are empty. Raises: BadAnswer."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadAnswer(f"{name} is no text")
    return value


def flag(parent: JsonObject, name: str) -> bool:
    """Return a boolean; absent is false. Raises: BadAnswer."""
    value = parent.get(name, False)
    if not isinstance(value, bool):
        raise BadAnswer(f"{name} is no boolean")
    return value


def integer(parent: JsonObject, name: str) -> int:
    """Return an integer given as a number or a text; absent is 0. Raises: BadAnswer."""
    value = parent.get(name, 0)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > 20 or not value.removeprefix("-").isdecimal():
        raise BadAnswer(f"{name} is no integer")
    return int(value)


def from_hex(parent: JsonObject, name: str) -> bytes:
    """Return bytes given in hex. Raises: BadAnswer."""
    try:
        return bytes.fromhex(text(parent, name))
    except ValueError:
        raise BadAnswer(f"{name} is not hex") from None


def from_base64(parent: JsonObject, name: str) -> bytes:
    """Return bytes given in base64; null is empty. Raises: BadAnswer."""
    try:
        return b64decode(text(parent, name), validate=True)
    except binascii.Error:
        raise BadAnswer(f"{name} is not base64") from None


def time_ns(parent: JsonObject, name: str) -> int:
    """Return an RFC 3339 time. Raises: BadAnswer."""
    try:
        return parse_rfc3339(text(parent, name))
    except ValueError as error:
        raise BadAnswer(f"{name}: {error}") from None
