"""Comparing two JSON answers by their members and types, when the values cannot be the same."""

import re
from collections.abc import Collection, Iterator
from typing import Any

_DECIMAL = re.compile(r"-?[0-9]+")
_TIME = re.compile(r"[0-9-]{10}T[0-9:.]{8,18}Z")


def differences(path: str, theirs: Any, ours: Any, ours_only: Collection[str] = ()) -> Iterator[str]:
    """Yield where two answers differ in members, types or the form of texts (decimal, time).

    A null, or an empty list, on either side says nothing about the type; values of events are free.
    `ours_only` names members we add.
    """
    if theirs is None or ours is None or path.endswith("attributes[].value"):
        return
    if type(theirs) is not type(ours):
        yield f"{path}: {theirs!r} against {ours!r}"
    elif isinstance(theirs, dict):
        yield from _members(path, theirs, ours, ours_only)
    elif isinstance(theirs, list) and ours:
        for value in theirs:
            yield from differences(f"{path}[]", value, ours[0], ours_only)
    elif isinstance(theirs, str) and theirs and ours and _form(path, theirs) != _form(path, ours):
        yield f"{path}: {theirs!r} against {ours!r}"


def _members(path: str, theirs: Any, ours: Any, ours_only: Collection[str]) -> Iterator[str]:
    mine = {name for name in ours if name in theirs or name not in ours_only}
    for name in sorted(theirs.keys() ^ mine):
        yield f"{path}: only {'theirs' if name in theirs else 'ours'} has {name}"
    for name in sorted(theirs.keys() & mine):
        yield from differences(f"{path}.{name}", theirs[name], ours[name], ours_only)


def _form(path: str, text: str) -> str:
    if _DECIMAL.fullmatch(text) and not path.endswith("hash"):
        return "decimal"
    return "time" if _TIME.fullmatch(text) else "text"
