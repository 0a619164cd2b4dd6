"""Text formats and limits of fields, checked once when a record is read."""

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypeVar

from qos.base.amounts import MAX_AMOUNT
from qos.base.blocktime import NANOSECONDS, check_time
from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import (
    CONSENSUS_PREFIX,
    VALIDATOR_PREFIX,
    Address,
    BadAddress,
    format_address,
    parse_address,
)

E = TypeVar("E", bound=IntEnum)
T = TypeVar("T")
_NO_ADDRESS = Address(b"")
_MAX_INTEGER_LENGTH = 79
"""Of a sign and 78 digits: longer texts are not converted."""
_MAX_DURATION_S = 315_576_000_000


class MalformedField(RuleViolation):
    """A field of a message is missing, too long or not in its format."""

    code = ErrorCode("sdk", 18)


class MalformedAddress(RuleViolation):
    """A field that names an account does not."""

    code = ErrorCode("sdk", 7)


def read_address(text: str, prefix: str = "qos") -> Address:
    """Read an account address; an empty text is the empty address."""
    if not text:
        return _NO_ADDRESS
    try:
        return parse_address(text, prefix)
    except BadAddress as error:
        raise MalformedAddress(str(error)) from None


def write_address(address: Address) -> str:
    """Write an account address."""
    return format_address(address) if address else ""


def read_validator_address(text: str) -> Address:
    """Read a validator's operator address."""
    return read_address(text, VALIDATOR_PREFIX)


def write_validator_address(address: Address) -> str:
    """Write a validator's operator address."""
    return format_address(address, VALIDATOR_PREFIX) if address else ""


def read_consensus_address(text: str) -> Address:
    """Read a validator's consensus address."""
    return read_address(text, CONSENSUS_PREFIX)


def write_consensus_address(address: Address) -> str:
    """Write a validator's consensus address."""
    return format_address(address, CONSENSUS_PREFIX) if address else ""


def read_integer(text: str) -> int:
    """Read an integer in its one decimal form, at most 256 bits; the length is checked before converting."""
    try:
        value = int(text) if len(text) <= _MAX_INTEGER_LENGTH else None
    except ValueError:
        value = None
    if value is None or str(value) != text:  # that it is written in another way or alphabet shows here
        raise MalformedField(f"{text[:80]!r} is not an integer in plain decimal form")
    if not -MAX_AMOUNT <= value <= MAX_AMOUNT:
        raise MalformedField("integer exceeds 256 bits")
    return value


def write_integer(value: int) -> str:
    """Write an integer in decimal."""
    return str(value)


def read_timestamp(message: Any) -> int:
    """Read a protobuf Timestamp as nanoseconds since 1970."""
    nanos: int = message.nanos
    if not 0 <= nanos < NANOSECONDS:
        raise MalformedField("nanoseconds of a time outside 0 to 999,999,999")
    try:
        return check_time(int(message.seconds) * NANOSECONDS + nanos)
    except ValueError as error:
        raise MalformedField(str(error)) from None


def write_timestamp(time_ns: int) -> tuple[int, int]:
    """Split a time into (seconds, nanos)."""
    return divmod(time_ns, NANOSECONDS)


def read_duration(message: Any) -> int:
    """Read a protobuf Duration as nanoseconds."""
    seconds, nanos = int(message.seconds), int(message.nanos)
    if abs(seconds) > _MAX_DURATION_S or abs(nanos) >= NANOSECONDS or (seconds > 0 > nanos) or (seconds < 0 < nanos):
        raise MalformedField("duration out of range")
    return seconds * NANOSECONDS + nanos


def write_duration(duration_ns: int) -> tuple[int, int]:
    """Split a duration into (seconds, nanos) of one sign."""
    seconds, nanos = divmod(abs(duration_ns), NANOSECONDS)
    return (seconds, nanos) if duration_ns >= 0 else (-seconds, -nanos)


@lru_cache(maxsize=4_096)
def member(kind: type[E], number: int) -> E:
    """Return the enum member of a number. Open enums are not accepted."""
    try:
        return kind(number)
    except ValueError:
        raise MalformedField(f"{number} is no {kind.__name__}") from None


def at_most(items: Sequence[T], limit: int, name: str) -> Sequence[T]:
    """Return a list that holds at most `limit` items."""
    if len(items) > limit:
        raise MalformedField(f"{name} has {len(items)} items, at most {limit} are allowed")
    return items


def exactly(data: bytes, length: int, name: str) -> bytes:
    """Return bytes of exactly one length."""
    if len(data) != length:
        raise MalformedField(f"{name} has {len(data)} bytes, expected {length}")
    return data


def bytes_at_most(data: bytes, limit: int, name: str) -> bytes:
    """Return bytes of a limited length."""
    if len(data) > limit:
        raise MalformedField(f"{name} has {len(data)} bytes, at most {limit} are allowed")
    return data


def text_at_most(text: str, limit: int, name: str) -> str:
    """Return a text whose UTF-8 form has a limited length."""
    if len(text.encode()) > limit:
        raise MalformedField(f"{name} is longer than {limit} bytes")
    return text


def present(message: Any, name: str) -> Any:
    """Return the message once a field of it is known to be set."""
    if not message.HasField(name):
        raise MalformedField(f"{name} is missing")
    return message


def filled(value: T, name: str) -> T:
    """Return a value that is not empty."""
    if not value:
        raise MalformedField(f"{name} is missing")
    return value
