"""JSON that has one meaning only: no floats, no NaN, no key twice in an object."""

import json
import re
from typing import NoReturn, TypeAlias

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class BadJson(ValueError):
    """A text is no JSON we accept."""


def _refuse_float(text: str) -> NoReturn:
    raise BadJson(f"{text[:40]} is not an integer")


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise BadJson(f"key {repeated[:60]!r} stands twice in one object")
    return found


def parse_json(text: str | bytes) -> JsonValue:
    """Read a document; bytes are UTF-8.

    Raises: BadJson on floats, NaN, repeated keys, bad UTF-8, half a surrogate pair, too deep nesting, or no JSON.
    """
    try:
        source = text if isinstance(text, str) else text.decode()
        value: JsonValue = json.loads(
            source, parse_float=_refuse_float, parse_constant=_refuse_float, object_pairs_hook=_unique
        )
        if _SURROGATE.search(source):
            render_json(value).encode()
    except BadJson:
        raise
    except (ValueError, RecursionError) as error:
        raise BadJson(f"not JSON: {error}") from None
    return value


def render_json(value: JsonValue, *, indent: int | None = None) -> str:
    """Write a document: keys in the order given, non-ASCII text as it is."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, allow_nan=False)
