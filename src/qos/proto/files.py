"""The .proto files behind the descriptor set, found by what they declare: for tools that ask a server for them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from qos.proto.codec import descriptor_set


class NoSuchFile(Exception):
    """No file declares what was asked for."""


def by_name(name: str) -> tuple[bytes, ...]:
    """Return a file and all it imports, each serialised, itself first. Raises: NoSuchFile."""
    files = _files()
    if name not in files:
        raise NoSuchFile(f"there is no file {name[:200]!r}")
    found: dict[str, None] = {name: None}
    waiting = [name]
    while waiting:
        for imported in files[waiting.pop()].dependency:
            if imported not in found:
                found[imported] = None
                waiting.append(imported)
    return tuple(files[each].SerializeToString() for each in found)


def containing_symbol(name: str) -> tuple[bytes, ...]:
    """Return the file that declares a message, field, enum, service or method, as `by_name`. Raises: NoSuchFile."""
    symbols = _symbols()
    if name not in symbols:
        raise NoSuchFile(f"there is no symbol {name[:200]!r}")
    return by_name(symbols[name])


def containing_extension(extended: str, number: int) -> tuple[bytes, ...]:
    """Return the file that extends a message with a field number, as `by_name`. Raises: NoSuchFile."""
    file = _extensions().get(extended, {}).get(number)
    if file is None:
        raise NoSuchFile(f"{extended[:200]!r} has no extension {number}")
    return by_name(file)


def extension_numbers(extended: str) -> tuple[int, ...]:
    """Return the numbers of all extensions of a message, ascending. Raises: NoSuchFile without such a message."""
    if extended not in _symbols():
        raise NoSuchFile(f"there is no message {extended[:200]!r}")
    return tuple(sorted(_extensions().get(extended, {})))


@cache
def _files() -> dict[str, Any]:
    return {file.name: file for file in FileDescriptorSet.FromString(descriptor_set()).file}


@cache
def _symbols() -> dict[str, str]:
    return {symbol: file.name for file in _files().values() for symbol in _declared(file)}


def _declared(file: Any) -> Iterator[str]:
    for message in file.message_type:
        yield from _in_message(file.package, message)
    for enum in file.enum_type:
        yield from _in_enum(file.package, enum)
    for service in file.service:
        name = f"{file.package}.{service.name}"
        yield name
        yield from (f"{name}.{method.name}" for method in service.method)
    yield from (f"{file.package}.{extension.name}" for extension in file.extension)


def _in_message(outer: str, message: Any) -> Iterator[str]:
    # Messages nest two deep at most in our own definitions: this cannot run away.
    name = f"{outer}.{message.name}"
    yield name
    yield from (f"{name}.{field.name}" for field in message.field)
    yield from (f"{name}.{oneof.name}" for oneof in message.oneof_decl)
    for nested in message.nested_type:
        yield from _in_message(name, nested)
    for enum in message.enum_type:
        yield from _in_enum(name, enum)


def _in_enum(outer: str, enum: Any) -> Iterator[str]:
    yield f"{outer}.{enum.name}"
    # Values stand beside their enum, not inside it.
    yield from (f"{outer}.{value.name}" for value in enum.value)


@cache
def _extensions() -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for file in _files().values():
        for extension in file.extension:
            found.setdefault(extension.extendee.lstrip("."), {})[extension.number] = file.name
    return found
