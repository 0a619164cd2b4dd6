"""What the .proto files declare, as plain values: services, methods, fields, comments. For who talks to people.

Reads the committed descriptor set only; no record or module is imported, so that it is quick.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import message_factory

from qos.proto.codec import descriptor_set, pool

_SERVICE, _MESSAGE, _METHOD, _FIELD, _NESTED = 6, 4, 2, 2, 3
_KINDS = {1: "float", 2: "float", 8: "bool", 9: "text", 11: "message", 12: "bytes", 14: "enum"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `kind` is text, bytes, bool, integer, enum, message or float; `type_name` names a message or enum.

    `scalar` is the format of a text (`cosmos.AddressString`, `cosmos.Int`, ...), empty for plain text. `exact_bytes` is
    how many bytes there must be, 0 for any number.
    """

    name: str
    kind: str
    type_name: str
    repeated: bool
    required: bool
    scalar: str
    exact_bytes: int
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message type; `signer` is the field that names its signer, empty when it is no transaction message."""

    full_name: str
    fields: tuple[Field, ...]
    signer: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """How a method is reached over HTTP; `template` holds its variables in braces, `body` is `*` or empty."""

    verb: str
    template: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a service."""

    name: str
    request: str
    response: str
    comment: str
    http: tuple[Http, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service; `area` is what its package calls the module (`cosmos.bank.v1beta1` -> bank)."""

    full_name: str
    area: str
    methods: tuple[Method, ...]
    comment: str


@cache
def services(name: str) -> tuple[Service, ...]:
    """Return all services of one short name (`Msg`, `Query`), sorted by package."""
    found = [service for file in files() for service in _services_of(file) if service.full_name.endswith(f".{name}")]
    return tuple(sorted(found, key=lambda service: service.full_name))


@cache
def methods() -> dict[str, Method]:
    """Return the methods of all services by path, `/<service>/<method>`."""
    return {
        f"/{service.full_name}/{method.name}": method
        for file in files()
        for service in _services_of(file)
        for method in service.methods
    }


@cache
def message(full_name: str) -> Message:
    """Return a message, also one inside another. Raises: KeyError."""
    return _messages()[full_name]


@cache
def enum_names(full_name: str) -> tuple[str, ...]:
    """Return the names of an enum's values. Raises: KeyError."""
    return tuple(value.name for value in pool().FindEnumTypeByName(full_name).values)


@cache
def files() -> tuple[Any, ...]:
    """Return the description of every file; the options of our own are readable."""
    names = [file.name for file in _parsed().file]
    # Building the classes makes the options of our own readable.
    message_factory.GetMessageClassesForFiles(names, pool())
    return tuple(_parsed().file)


def _parsed() -> Any:
    kind = message_factory.GetMessageClass(pool().FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    return kind.FromString(descriptor_set())


@cache
def _messages() -> dict[str, Message]:
    found: dict[str, Message] = {}
    for file in files():
        comments = _comments(file)
        for index, each in enumerate(file.message_type):
            for name, path, item in _nested(f"{file.package}.{each.name}", (_MESSAGE, index), each):
                found[name] = _message(name, path, item, comments)
    return found


def _nested(name: str, path: tuple[int, ...], message: Any) -> Iterator[tuple[str, tuple[int, ...], Any]]:
    yield name, path, message
    for index, each in enumerate(message.nested_type):
        yield from _nested(f"{name}.{each.name}", (*path, _NESTED, index), each)


def _message(name: str, path: tuple[int, ...], item: Any, comments: dict[tuple[int, ...], str]) -> Message:
    fields = tuple(
        _field(field, comments.get((*path, _FIELD, position), "")) for position, field in enumerate(item.field)
    )
    signer = option(item.options, "cosmos.msg.v1.signer", [""])
    return Message(full_name=name, fields=fields, signer=signer[0], comment=comments.get(path, ""))


def _field(field: Any, comment: str) -> Field:
    return Field(
        name=field.name,
        kind=_KINDS.get(field.type, "integer"),
        type_name=field.type_name.lstrip("."),
        repeated=field.label == 3,
        required=option(field.options, "qos.options.v1.required", False),
        scalar=option(field.options, "cosmos_proto.scalar", ""),
        exact_bytes=option(field.options, "qos.options.v1.exact_bytes", 0),
        comment=comment,
    )


def _services_of(file: Any) -> list[Service]:
    comments = _comments(file)
    parts = file.package.split(".")
    return [
        Service(
            full_name=f"{file.package}.{each.name}",
            area=parts[-2] if len(parts) > 1 else file.package,
            methods=tuple(
                Method(
                    name=method.name,
                    request=method.input_type.lstrip("."),
                    response=method.output_type.lstrip("."),
                    comment=comments.get((_SERVICE, index, _METHOD, position), ""),
                    http=_http(method.options),
                )
                for position, method in enumerate(each.method)
            ),
            comment=comments.get((_SERVICE, index), ""),
        )
        for index, each in enumerate(file.service)
    ]


def _http(options: Any) -> tuple[Http, ...]:
    rule = option(options, "google.api.http", None)
    if rule is None:
        return ()
    return tuple(
        Http(
            verb=each.WhichOneof("pattern").upper(), template=getattr(each, each.WhichOneof("pattern")), body=each.body
        )
        for each in (rule, *rule.additional_bindings)
    )


def _comments(file: Any) -> dict[tuple[int, ...], str]:
    return {
        tuple(location.path): " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        if location.leading_comments
    }


def option(options: Any, name: str, default: Any) -> Any:
    """Return an option by its full name."""
    for descriptor, value in options.ListFields():
        if descriptor.full_name == name:
            return value
    return default
