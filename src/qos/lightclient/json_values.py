"""Reading one JSON value at a time, each with its type and bounds; lengths are checked before converting."""

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Final

from qos.base.blocktime import parse_rfc3339

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,19}", re.ASCII)
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){0,32}", re.ASCII)
_MAX_BASE64: Final = 128


class MalformedJson(ValueError):
    """A JSON value is not what CometBFT would have answered."""


def members(value: object, name: str) -> Mapping[str, object]:
    """Return an object's members. Raises: MalformedJson."""
    if not isinstance(value, dict):
        raise MalformedJson(f"{name} is not an object")
    return value


def items(value: object, name: str, limit: int) -> Sequence[object]:
    """Return a list of at most `limit` items. Raises: MalformedJson."""
    if not isinstance(value, list) or len(value) > limit:
        raise MalformedJson(f"{name} is not a list of at most {limit}")
    return value


def text(value: object, name: str, limit: int) -> str:
    """Return an ASCII text of at most `limit` characters. Raises: MalformedJson."""
    if not isinstance(value, str) or len(value) > limit or not value.isascii():
        raise MalformedJson(f"{name} is not an ASCII text of at most {limit} characters")
    return value


def int64(value: object, name: str) -> int:
    """Read a signed 64-bit integer from decimal text. Raises: MalformedJson."""
    return _integer(value, name, -(1 << 63), 1 << 63)


def uint64(value: object, name: str) -> int:
    """Read an unsigned 64-bit integer from decimal text. Raises: MalformedJson."""
    return _integer(value, name, 0, 1 << 64)


def _integer(value: object, name: str, low: int, high: int) -> int:
    if not isinstance(value, str) or _INTEGER.fullmatch(value) is None:
        raise MalformedJson(f"{name} is not an integer in decimal text")
    number = int(value)
    if not low <= number < high:
        raise MalformedJson(f"{name} is out of range")
    return number


def number(value: object, name: str, limit: int) -> int:
    """Return a JSON integer from 0 to below `limit`. Raises: MalformedJson."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
        raise MalformedJson(f"{name} is not an integer from 0 to below {limit}")
    return value


def time_ns(value: object, name: str) -> int:
    """Read an RFC 3339 time. Raises: MalformedJson."""
    try:
        return parse_rfc3339(text(value, name, 40))
    except ValueError as error:
        raise MalformedJson(f"{name}: {error}") from None


def hex_bytes(value: object, name: str) -> bytes:
    """Read at most 32 bytes of hex. Raises: MalformedJson."""
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise MalformedJson(f"{name} is not hex of at most 32 bytes")
    return bytes.fromhex(value)


def address(value: object, name: str) -> bytes:
    """Read an address, 20 bytes or none, of hex. Raises: MalformedJson."""
    data = hex_bytes(value, name)
    if len(data) not in (0, 20):
        raise MalformedJson(f"{name} has {len(data)} bytes, not 20")
    return data


def base64_bytes(value: object, name: str, length: int) -> bytes:
    """Read exactly `length` bytes of base64. Raises: MalformedJson."""
    try:
        data = b64decode(text(value, name, _MAX_BASE64), validate=True)
    except ValueError:
        raise MalformedJson(f"{name} is not base64") from None
    if len(data) != length:
        raise MalformedJson(f"{name} has {len(data)} bytes, not {length}")
    return data
