"""Render the descriptors of one package as frozen typed records and service tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message
from plain import SCANNED, SHARED, Scanned, scan

F = FieldDescriptorProto
INTEGERS = {F.TYPE_INT32, F.TYPE_INT64, F.TYPE_UINT32, F.TYPE_UINT64, F.TYPE_SINT32, F.TYPE_SINT64}
INTEGERS |= {F.TYPE_FIXED32, F.TYPE_FIXED64, F.TYPE_SFIXED32, F.TYPE_SFIXED64}
SCALARS = {
    "cosmos.AddressString": ("Address", 'Address(b"")', "address"),
    "cosmos.ValidatorAddressString": ("Address", 'Address(b"")', "validator_address"),
    "cosmos.ConsensusAddressString": ("Address", 'Address(b"")', "consensus_address"),
    "cosmos.Int": ("int", "0", "integer"),
    "cosmos.Dec": ("int", "0", "integer"),
}
TIMES = {".google.protobuf.Timestamp": "timestamp", ".google.protobuf.Duration": "duration"}
ANY = ".google.protobuf.Any"


def option(options: Message, name: str, default: Any) -> Any:
    """Return an extension option by its full name."""
    for descriptor, value in options.ListFields():
        if descriptor.full_name == name:
            return value
    return default


def snake(name: str) -> str:
    """Turn a method name into a Python name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def record_name(full_name: str, package: str) -> str:
    """Turn a message's name inside its package into a class name; nested names are joined."""
    return full_name.removeprefix(f".{package}.").replace(".", "")


@dataclass
class Module:
    """One generated module: what it imports and what it defines."""

    package: str
    imports: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)

    def reference(self, type_name: str) -> str:
        """Name a message or enum type, importing it when another package owns it."""
        if type_name == ANY:
            self.imports.add("from qos.proto.record import AnyRecord")
            return "AnyRecord"
        package = PACKAGE_OF[type_name]
        name = record_name(type_name, package)
        if package != self.package:
            module = package.replace(".", "_")
            self.imports.add(f"from qos.proto.records import {module}")
            return f"{module}.{name}"
        return name

    def scalar(self, name: str) -> str:
        """Name a reader or writer of text formats, importing it."""
        self.readers.add(name)
        return name


PACKAGE_OF: dict[str, str] = {}


@dataclass(frozen=True)
class Rendered:
    """One field: its declaration, how it is read, from protobuf and from bytes, and how it is written."""

    declaration: str
    read: str
    write: list[str]
    doc: str
    scanned: Scanned


def render_field(module: Module, item: FieldDescriptorProto, doc: str) -> Rendered:
    """Render one field of a record."""
    name = item.name
    repeated = item.label == F.LABEL_REPEATED
    in_oneof = item.HasField("oneof_index")
    required = bool(option(item.options, "qos.options.v1.required", False))
    kind, default, read, write = _value(module, item)
    if repeated:
        limit = option(item.options, "qos.options.v1.max_items", 0)
        # A slice is a list made at once: going through the container itself ends in an exception each time.
        source = f"m.{name}[:]" if not limit else f"{module.scalar('at_most')}(m.{name}[:], {limit}, {name!r})"
        reading = f"tuple({source})" if read == "{}" else f"tuple([{read.format('i')} for i in {source}])"
        writing = _write_repeated(item, write)
        scanned = Scanned(field=item, kind=kind, value=_of_scanned(item, read), limit=limit)
        return Rendered(f"{name}: tuple[{kind}, ...] = ()", reading, writing, doc, scanned)
    message = item.type == F.TYPE_MESSAGE and item.type_name not in TIMES
    presence = item.type == F.TYPE_MESSAGE or in_oneof
    scanned = Scanned(field=item, kind=kind, value=_of_scanned(item, read, required=required))
    reading = read.format(f"m.{name}")
    if required and presence:
        module.readers.add("present")
        reading = f"{read.format(f'present(m, {name!r}).{name}')}"
    elif required:
        reading = f"{module.scalar('filled')}({reading}, {name!r})"
    elif presence:
        reading = f'{reading} if m.HasField("{name}") else None'
        kind, default = f"{kind} | None", "None"
    lines = _write_single(item, write, message)
    if presence and not required:
        lines = [f"if self.{name} is not None:", *(f"    {line}" for line in lines)]
    declaration = f"{name}: {kind}" if required else f"{name}: {kind} = {default}"
    return Rendered(declaration, reading, lines, doc, scanned)


def _of_scanned(item: FieldDescriptorProto, read: str, *, required: bool = False) -> str:
    """Return how a value is made of what was scanned: a message is scanned as a record."""
    made = "{}" if item.type == F.TYPE_MESSAGE else read
    return f"filled({made}, {item.name!r})" if required else made


def _value(module: Module, item: FieldDescriptorProto) -> tuple[str, str, str, str]:
    """Return type, default, read expression and write expression of one value."""
    if item.type == F.TYPE_MESSAGE:
        if item.type_name in TIMES:
            name = TIMES[item.type_name]
            return "int", "0", f"{module.scalar(f'read_{name}')}({{}})", f"{module.scalar(f'write_{name}')}({{}})"
        reference = module.reference(item.type_name)
        return reference, "None", f"{reference}.read({{}})", "{}"
    if item.type == F.TYPE_ENUM:
        reference = module.reference(item.type_name)
        return reference, f"{reference}(0)", f"{module.scalar('member')}({reference}, {{}})", "int({})"
    if item.type in INTEGERS:
        return "int", "0", "{}", "{}"
    if item.type == F.TYPE_BOOL:
        return "bool", "False", "{}", "{}"
    scalar = str(option(item.options, "cosmos_proto.scalar", ""))
    if item.type == F.TYPE_STRING and scalar in SCALARS:
        kind, default, suffix = SCALARS[scalar]
        if kind == "Address":
            module.imports.add("from qos.base.identifiers import Address")
        return kind, default, f"{module.scalar(f'read_{suffix}')}({{}})", f"{module.scalar(f'write_{suffix}')}({{}})"
    if item.type not in (F.TYPE_STRING, F.TYPE_BYTES):
        raise ValueError(f"{item.name}: floating point and groups have no place here")
    read = "{}"
    if exact := option(item.options, "qos.options.v1.exact_bytes", 0):
        read = f"{module.scalar('exactly')}({{}}, {exact}, {item.name!r})"
    elif most := option(item.options, "qos.options.v1.max_bytes", 0):
        suffix = "text_at_most" if item.type == F.TYPE_STRING else "bytes_at_most"
        read = f"{module.scalar(suffix)}({{}}, {most}, {item.name!r})"
    return ("str", '""', read, "{}") if item.type == F.TYPE_STRING else ("bytes", 'b""', read, "{}")


def _write_repeated(item: FieldDescriptorProto, write: str) -> list[str]:
    if item.type == F.TYPE_MESSAGE and item.type_name not in TIMES:
        each = f"each_{item.name}"
        return [f"for {each} in self.{item.name}:", f"    {each}.write(m.{item.name}.add())"]
    if item.type == F.TYPE_MESSAGE:
        raise ValueError(f"{item.name}: repeated times are not supported")
    values = f"self.{item.name}" if write == "{}" else f"[{write.format('i')} for i in self.{item.name}]"
    return [f"m.{item.name}.extend({values})"]


def _write_single(item: FieldDescriptorProto, write: str, message: bool) -> list[str]:
    name = item.name
    if message:
        return [f"m.{name}.SetInParent()", f"self.{name}.write(m.{name})"]
    if item.type_name in TIMES:
        return [f"m.{name}.SetInParent()", f"m.{name}.seconds, m.{name}.nanos = {write.format(f'self.{name}')}"]
    return [f"m.{name} = {write.format(f'self.{name}')}"]


def render_message(module: Module, full_name: str, item: DescriptorProto, docs: dict[str, str]) -> Iterator[str]:
    """Render one record class."""
    name = record_name(f".{full_name}", module.package)
    doc = docs.get(full_name, f"{name} of {module.package}.")
    fields = [render_field(module, each, docs.get(f"{full_name}.{each.name}", "")) for each in item.field]
    signers = tuple(option(item.options, "cosmos.msg.v1.signer", ()))
    made = ", init=False" if fields else ""
    yield f"@dataclass(frozen=True, slots=True, kw_only=True{made})\nclass {name}(Record):\n    {_docstring(doc)}\n"
    yield f'    full_name: ClassVar[str] = "{full_name}"\n'
    if signers:
        yield f"    signer_fields: ClassVar[tuple[str, ...]] = {signers!r}\n"
    for each in fields:
        yield f"    {each.declaration}\n"
        if each.doc:
            yield f"    {_docstring(each.doc)}\n"
    yield from _constructor(name, [each.name for each in item.field], [each.declaration for each in fields])
    yield f"\n    @classmethod\n    def read(cls, m: Any) -> {name}:\n"
    yield f"        return {name}(\n" if fields else f"        return {name}()\n"
    yield from (f"            {each.name}={shown.read},\n" for each, shown in zip(item.field, fields, strict=True))
    yield "        )\n" if fields else ""
    if full_name in SCANNED:
        module.imports.add("from qos.proto.record import NotPlain, long_number, new")
        yield "\n" + "".join(f"    {line}\n" for line in scan(name, [each.scanned for each in fields]))
    yield "\n    def write(self, m: Any) -> None:\n"
    lines = [line for each in fields for line in each.write] or ["del m"]
    yield from (f"        {line}\n" for line in lines)
    if fields:
        names = "".join(f"_{name}_{each.name}, " for each in item.field)
        yield f"\n\n({names.rstrip()}) = setters({name})\n"
    if full_name in SHARED:
        module.imports.add("from qos.proto.record import shared")
        yield f"_{name}_shared = shared({name}.scan)\n"
    yield "\n\n"


def _constructor(name: str, names: list[str], declarations: list[str]) -> Iterator[str]:
    """Render how a record is made: by its slots at once, a third faster than a frozen dataclass does it by name."""
    if not names:
        return
    yield f"\n    def __init__(self, *, {', '.join(declarations)}) -> None:\n"
    yield from (f"        _{name}_{each}(self, {each})\n" for each in names)


def _docstring(text: str) -> str:
    line = " ".join(text.split()).replace('"""', "'''")
    return f'"""{line}"""'


def render_enum(module: Module, full_name: str, item: EnumDescriptorProto, docs: dict[str, str]) -> str:
    """Render one enum."""
    name = record_name(f".{full_name}", module.package)
    doc = docs.get(full_name, f"{name} of {module.package}.")
    values = "".join(f"    {value.name} = {value.number}\n" for value in item.value)
    return f"class {name}(IntEnum):\n    {_docstring(doc)}\n\n{values}\n\n"


def render_service(module: Module, item: ServiceDescriptorProto, docs: dict[str, str]) -> Iterator[str]:
    """Render one service as a frozen record of callables."""
    full_name = f"{module.package}.{item.name}"
    yield "@dataclass(frozen=True, slots=True, kw_only=True)\n"
    yield f"class {item.name}Server(Server[C]):\n    {_docstring(docs.get(full_name, full_name))}\n"
    yield f'    full_name: ClassVar[str] = "{full_name}"\n    methods: ClassVar[tuple[Method, ...]] = (\n'
    for method in item.method:
        request, response = module.reference(method.input_type), module.reference(method.output_type)
        yield f'        Method(name="{method.name}", attribute="{snake(method.name)}", '
        yield f"request={request}, response={response}),\n"
    yield "    )\n"
    for method in item.method:
        request, response = module.reference(method.input_type), module.reference(method.output_type)
        yield f"    {snake(method.name)}: Callable[[C, {request}], {response}]\n"
    yield "\n\n"


def comments(file: FileDescriptorProto) -> dict[str, str]:
    """Return the leading comment of each message, field, enum, service and method by full name."""
    found: dict[str, str] = {}
    for location in file.source_code_info.location:
        if not location.leading_comments or len(location.path) < 2:  # a short path names the package
            continue
        name, node, path = file.package, file, list(location.path)
        while path:
            number, index, *path = path
            node = getattr(node, node.DESCRIPTOR.fields_by_number[number].name)[index]
            name = f"{name}.{node.name}" if hasattr(node, "name") else name
            if not hasattr(node, "DESCRIPTOR"):
                break
        found[name] = location.leading_comments.strip()
    return found


def walk(prefix: str, items: list[DescriptorProto]) -> Iterator[tuple[str, DescriptorProto]]:
    """Yield nested messages before the message that holds them."""
    for item in items:
        yield from walk(f"{prefix}.{item.name}", list(item.nested_type))
        yield f"{prefix}.{item.name}", item


def index(file: FileDescriptorProto) -> None:
    """Remember which package owns each type of a file."""
    for full_name, item in walk(file.package, list(file.message_type)):
        PACKAGE_OF[f".{full_name}"] = file.package
        for enum in item.enum_type:
            PACKAGE_OF[f".{full_name}.{enum.name}"] = file.package
    for enum in file.enum_type:
        PACKAGE_OF[f".{file.package}.{enum.name}"] = file.package


def render_package(package: str, members: list[FileDescriptorProto]) -> str:
    """Render all files of one package as one module."""
    module = Module(package)
    body: list[str] = []
    services: list[str] = []
    for member in members:
        docs = comments(member)
        body += [render_enum(module, f"{package}.{enum.name}", enum, docs) for enum in member.enum_type]
    for member in members:
        docs = comments(member)
        for full_name, item in walk(package, list(member.message_type)):
            body += [render_enum(module, f"{full_name}.{enum.name}", enum, docs) for enum in item.enum_type]
            body += render_message(module, full_name, item, docs)
        for service in member.service:
            services += render_service(module, service, docs)
    names = ["Record", "Server", "Method", "C"] if services else ["Record"]
    names += ["setters"] if any("= setters(" in part for part in body) else []
    head = [f'"""Records of protobuf package {package}. Generated by proto/generate.py; do not edit."""\n']
    head.append("from __future__ import annotations\n")
    if services:
        head.append("from collections.abc import Callable")
    head.append("from dataclasses import dataclass")
    if any("IntEnum" in part for part in body):
        head.append("from enum import IntEnum")
    head.append("from typing import Any, ClassVar\n")
    record_line = f"from qos.proto.record import {', '.join(sorted(names))}"
    imports = module.imports | {record_line}
    if module.readers:
        imports |= {f"from qos.proto.scalars import {', '.join(sorted(module.readers))}"}
    head += sorted(imports)
    return "\n".join(head) + "\n\n\n" + "".join(body + services).rstrip() + "\n"
