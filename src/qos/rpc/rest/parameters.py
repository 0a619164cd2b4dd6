"""Texts of a URL as the fields of a request: `pagination.limit=10`, repeated names for lists, either spelling."""

from collections.abc import Iterable
from typing import Any, Final

from qos.proto import catalog
from qos.rpc.services.status import CallRefused, Status

MAX_PARAMETERS: Final = 64
DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000
"""Entries of a page over HTTP; who wants more asks for the next page."""

_PAGE_REQUEST: Final = "cosmos.base.query.v1beta1.PageRequest"
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False, "": False}


def fill(request: dict[str, Any], full_name: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Write texts into the fields they name; names of no field are left out, as gateways do. Raises: CallRefused."""
    for count, (name, text) in enumerate(pairs):
        if count >= MAX_PARAMETERS:
            raise CallRefused(Status.INVALID_ARGUMENT, f"at most {MAX_PARAMETERS} parameters are allowed")
        _set(request, full_name, name, text)


def _set(target: dict[str, Any], full_name: str, name: str, text: str) -> None:
    *outer, last = name.split(".")
    for step in outer:
        field = _field(full_name, step)
        if field is None or field.kind != "message" or field.repeated:
            return
        target = target.setdefault(field.name, {})
        full_name = field.type_name
    field = _field(full_name, last)
    if field is None or field.kind == "message":
        return
    value = _value(field, text)
    if field.repeated:
        target.setdefault(field.name, []).append(value)
    else:
        target[field.name] = value


def _field(full_name: str, name: str) -> catalog.Field | None:
    for field in catalog.message(full_name).fields:
        if name in (field.name, camel(field.name)):
            return field
    return None


def camel(name: str) -> str:
    """Return a field's name as protobuf's JSON mapping spells it."""
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def _value(field: catalog.Field, text: str) -> str | bool:
    if field.kind != "bool":
        return text
    if text.lower() not in _TRUTHS:
        raise CallRefused(Status.INVALID_ARGUMENT, f"{field.name} must be true or false, not {text[:40]!r}")
    return _TRUTHS[text.lower()]


def limit_page(request: dict[str, Any], full_name: str) -> None:
    """Give a request for a page the limit of this edge. Raises: CallRefused when its limit is no number."""
    field = _field(full_name, "pagination")
    if field is None or field.type_name != _PAGE_REQUEST:
        return
    page = request.setdefault("pagination", {})
    if not isinstance(page, dict):
        return
    wanted = str(page.get("limit", "") or DEFAULT_LIMIT)
    if not wanted.isascii() or not wanted.isdecimal() or len(wanted) > 20:
        raise CallRefused(Status.INVALID_ARGUMENT, f"pagination.limit is a whole number, not {wanted[:40]!r}")
    page["limit"] = str(min(int(wanted) or DEFAULT_LIMIT, MAX_LIMIT))
