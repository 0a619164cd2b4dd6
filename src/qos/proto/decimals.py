"""Rates and decimal amounts as people and REST clients read them: 10^17 on the wire is shown as 0.100000000000000000.

A field of the format `cosmos.Dec` is an integer over 10^18. Genesis and transactions write it as it is on the wire.
"""

from base64 import b64decode
from functools import cache
from typing import Any

from qos.proto import catalog

DEC = "cosmos.Dec"
OPTIONAL_DEC = "qos.OptionalDec"
"""A text that may be empty where no change is meant."""

_ANY = "google.protobuf.Any"
_PLACES = 18


def shown(full_name: str, document: Any) -> Any:
    """Return a message's JSON with its decimal fields written out; changes the document given.

    Iterative: an Any may hold messages as deep as the transaction that carries them.
    """
    waiting: list[tuple[str, Any]] = [(full_name, document)]
    while waiting:
        name, found = waiting.pop()
        if name == _ANY:
            name = str(found.get("@type", "")).rpartition("/")[2]
        for field in _of_interest(name):
            value = found.get(field.name)
            if not value:
                continue
            if field.kind == "message":
                waiting += [(field.type_name, each) for each in (value if field.repeated else [value])]
            elif field.repeated:
                found[field.name] = [_decimal(field, each) for each in value]
            else:
                found[field.name] = _decimal(field, value)
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


def written(text: str) -> str:
    """Write an integer over 10^18, given as text, with its decimal point and 18 places."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    padded = digits.rjust(_PLACES + 1, "0")
    return f"{sign}{padded[:-_PLACES]}.{padded[-_PLACES:]}"
