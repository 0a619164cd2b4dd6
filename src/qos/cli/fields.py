"""Between command line and messages: each field of a message is an argument or an option, its text a JSON value."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from qos.base.blocktime import parse_rfc3339
from qos.base.identifiers import VALIDATOR_PREFIX, format_address, parse_address
from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json
from qos.cli.amounts import BadAmount, parse_coin, parse_coins
from qos.cli.errors import UsageError
from qos.proto import decimals
from qos.proto.catalog import Field, enum_names

COIN = "cosmos.base.v1beta1.Coin"
DURATION = "google.protobuf.Duration"
TIMESTAMP = "google.protobuf.Timestamp"
PAGE_REQUEST = "cosmos.base.query.v1beta1.PageRequest"
ADDRESS = "cosmos.AddressString"
VALIDATOR = "cosmos.ValidatorAddressString"
INT = "cosmos.Int"
_NAMED = {ADDRESS: "ADDRESS", VALIDATOR: "VALIDATOR"}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)", re.ASCII)
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

ResolveAddress = Callable[[str], str]


def is_flag(field: Field) -> bool:
    """Tell whether a field is given as --name / --no-name."""
    return field.kind == "bool" and not field.repeated


def takes_many(field: Field) -> bool:
    """Tell whether an option may be given several times; coins are one text instead."""
    return field.repeated and field.type_name != COIN


def placeholder(field: Field) -> str:
    """Say what kind of text a field takes."""
    by_type = {COIN: "AMOUNT", DURATION: "DURATION", TIMESTAMP: "TIME", PAGE_REQUEST: "NUMBER"}
    if field.type_name in by_type:
        return by_type[field.type_name]
    if field.scalar in _NAMED:
        return _NAMED[field.scalar]
    return {"integer": "NUMBER", "bytes": "BYTES", "message": "JSON", "enum": "NAME"}.get(field.kind, "TEXT")


def option_name(field: Field) -> str:
    """Return the option a field is given with; a page's size is what people want of pagination."""
    return "--limit" if field.type_name == PAGE_REQUEST else "--" + field.name.replace("_", "-")


def values_of(fields: Mapping[str, Field], given: Mapping[str, Any], resolve: ResolveAddress) -> JsonObject:
    """Return the JSON form of a message from what the command line gave, by field name.

    Raises: UsageError naming the option.
    """
    message: JsonObject = {}
    for name, field in fields.items():
        value = given.get(name)
        if value in (None, []):
            # An amount has no empty form; one that is not given is none.
            message |= {name: "0"} if field.scalar == INT and not field.repeated else {}
            continue
        try:
            message[name] = _value(field, value, resolve)
        except (ValueError, BadAmount, BadJson) as error:
            raise UsageError(f"{option_name(field)}: {error}") from None
    return message


def address_of(field: Field, text: str, resolve: ResolveAddress) -> str:
    """Return an address in the form its field has; a validator is also named as its owner is. Raises: UsageError."""
    if field.scalar != VALIDATOR:
        return resolve(text)
    is_operator = text.startswith(f"{VALIDATOR_PREFIX}1")
    return text if is_operator else format_address(parse_address(resolve(text)), VALIDATOR_PREFIX)


def _value(field: Field, value: Any, resolve: ResolveAddress) -> JsonValue:
    if is_flag(field):
        return bool(value)
    if field.type_name == COIN and field.repeated:
        return [_coin(denom, amount) for denom, amount in parse_coins(value)]
    if field.repeated:
        return [_single(field, each, resolve) for each in value]
    return _single(field, value, resolve)


def _coin(denom: str, amount: int) -> JsonObject:
    return {"denom": denom, "amount": str(amount)}


def _single(field: Field, text: str, resolve: ResolveAddress) -> JsonValue:
    if field.kind == "message":
        return _message(field, text)
    if field.kind == "integer":
        return _whole(text)
    if field.kind == "bytes":
        return b64encode(_bytes(text)).decode()
    if field.kind == "enum":
        return _enum(field, text)
    if field.scalar in _NAMED:
        return address_of(field, text, resolve)
    if field.scalar in (decimals.DEC, decimals.OPTIONAL_DEC):
        return decimals.read(text)
    return str(_whole(text)) if field.scalar == INT else text


def _message(field: Field, text: str) -> JsonValue:
    if field.type_name == COIN:
        return _coin(*parse_coin(text))
    if field.type_name == PAGE_REQUEST:
        return {"limit": str(_whole(text))}
    if field.type_name == DURATION:
        return _duration(text)
    if field.type_name == TIMESTAMP:
        parse_rfc3339(text)
        return text
    found = parse_json(text)
    return decimals.understood(field.type_name, found) if isinstance(found, dict) else found


def _whole(text: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,78}", text, re.ASCII) is None:
        raise ValueError(f"{text[:40]!r} is no whole number")
    return int(text)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not hex") from None


def _duration(text: str) -> str:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no duration: write 90s, 10m, 24h or 7d")
    milliseconds = int(match[1]) * _MILLISECONDS[match[2]]
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}s"


def _enum(field: Field, text: str) -> str:
    names = enum_names(field.type_name)
    wanted = text.upper().replace("-", "_")
    for name in names:
        if name == wanted or name.endswith("_" + wanted):
            return name
    raise ValueError(f"{text[:40]!r} is none of {', '.join(names)}")
