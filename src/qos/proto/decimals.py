"""Rates and decimal amounts as people and REST clients read them: 10^17 on the wire is shown as 0.100000000000000000.

A field of the format `cosmos.Dec` is an integer over 10^18. Genesis and transactions write it as it is on the wire.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from typing import Any

from qos.proto import catalog

DEC = "cosmos.Dec"
OPTIONAL_DEC = "qos.OptionalDec"
"""A text that may be empty where no change is meant."""

_ANY = "google.protobuf.Any"
_PLACES = 18
_POINTED = re.compile(r"(-?)([0-9]{1,60})\.([0-9]{1,18})", re.ASCII)


def shown(full_name: str, document: Any) -> Any:
    """Return a message's JSON with its decimal fields written out; changes the document given."""
    return _changed(full_name, document, _decimal)


def understood(full_name: str, document: Any) -> Any:
    """Return a message's JSON, as people write it, with decimals as on the wire; changes the document given.

    Raises: ValueError.
    """
    return _changed(full_name, document, _integer)


def _changed(full_name: str, document: Any, change: Callable[[catalog.Field, Any], Any]) -> Any:
    """Iterative: an Any may hold messages as deep as the transaction that carries them."""
    waiting: list[tuple[str, Any]] = [(full_name, document)]
    while waiting:
        name, found = waiting.pop()
        if not isinstance(found, dict):  # what people write need not fit; reading it as the message tells them
            continue
        if name == _ANY:
            name = str(found.get("@type", "")).rpartition("/")[2]
        for field in _of_interest(name):
            value = found.get(field.name)
            if not value:
                continue
            if field.kind == "message":
                waiting += [(field.type_name, each) for each in (value if isinstance(value, list) else [value])]
            elif isinstance(value, list):
                found[field.name] = [change(field, each) for each in value]
            else:
                found[field.name] = change(field, value)
    return document


@cache
def _of_interest(full_name: str) -> tuple[catalog.Field, ...]:
    """Return the fields of a message that are decimals or may hold some; none of a type that is not ours."""
    try:
        fields = catalog.message(full_name).fields
    except KeyError:
        return ()
    return tuple(
        [field for field in fields if field.scalar == DEC or (field.kind == "message" and _is_ours(field.type_name))]
    )


def _is_ours(type_name: str) -> bool:
    return type_name == _ANY or not type_name.startswith("google.protobuf.")


def _decimal(field: catalog.Field, value: Any) -> str:
    return written(b64decode(value).decode("ascii", "replace") if field.kind == "bytes" else str(value))


def _integer(field: catalog.Field, value: Any) -> Any:
    return read(value) if field.kind == "text" and isinstance(value, str) else value


def read(text: str) -> str:
    """Read what is written with a decimal point as an integer over 10^18; other texts stay. Raises: ValueError."""
    if "." not in text:
        return text
    match = _POINTED.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no decimal with at most {_PLACES} places")
    sign, whole, part = match.groups()
    return f"{sign}{int(whole + part.ljust(_PLACES, '0'))}"


def written(text: str) -> str:
    """Write an integer over 10^18, given as text, with its decimal point and 18 places."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    padded = digits.rjust(_PLACES + 1, "0")
    return f"{sign}{padded[:-_PLACES]}.{padded[-_PLACES:]}"
